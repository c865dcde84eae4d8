import type { Node, Pod } from '@berth/api';
import { isDeepEqual } from '@berth/api';
import type { ClusterEvent } from './queue.ts';

const event = (label: string, ...plugins: readonly string[]): ClusterEvent =>
  plugins.length > 0 ? { label, helps: new Set(plugins) } : { label };

/**
 * What can happen in a cluster, and whose refusals it can undo: upstream's events with what its plugins register for.
 * Where no plugin is named it may be any; whether it helps is found out pod by pod in all cases.
 */
export const clusterEvents = {
  nodeAdd: event('NodeAdd'),
  nodeUpdate: event('NodeUpdate'),
  /** The domain that had the fewest pods may be gone. */
  nodeDelete: event('NodeDelete', 'PodTopologySpread'),
  assignedPodAdd: event('AssignedPodAdd', 'InterPodAffinity', 'PodTopologySpread'),
  assignedPodUpdate: event(
    'AssignedPodUpdate',
    'InterPodAffinity',
    'PodTopologySpread',
    'NodeResourcesFit',
  ),
  assignedPodDelete: event(
    'AssignedPodDelete',
    'InterPodAffinity',
    'NodePorts',
    'NodeResourcesFit',
    'NodeVolumeLimits',
    'PodTopologySpread',
    'VolumeRestrictions',
  ),
  queueChange: event('QueueUpdate'),
  namespaceChange: event('NamespaceUpdate', 'InterPodAffinity'),
  volumeChange: event(
    'VolumeUpdate',
    'NodeVolumeLimits',
    'VolumeBinding',
    'VolumeRestrictions',
    'VolumeZone',
  ),
} as const satisfies Readonly<Record<string, ClusterEvent>>;

/** Whether a change of a node can matter to any decision. Heartbeats change conditions only, and those come as taints. */
export const nodeMatters = (before: Node, after: Node): boolean =>
  !isDeepEqual(before.spec, after.spec) ||
  !isDeepEqual(before.metadata.labels, after.metadata.labels) ||
  !isDeepEqual(before.metadata.annotations, after.metadata.annotations) ||
  !isDeepEqual(before.status?.allocatable, after.status?.allocatable) ||
  !isDeepEqual(before.status?.images, after.status?.images);

/** Whether a change of a pod that waits can matter to where it fits. */
export const waitingPodMatters = (before: Pod, after: Pod): boolean =>
  !isDeepEqual(before.spec, after.spec) ||
  !isDeepEqual(before.metadata.labels, after.metadata.labels) ||
  !isDeepEqual(before.metadata.annotations, after.metadata.annotations) ||
  !isDeepEqual(before.metadata.ownerReferences, after.metadata.ownerReferences) ||
  !isDeepEqual(before.status?.resourceClaimStatuses, after.status?.resourceClaimStatuses);

/** Whether a change of a pod on a node can matter to others: what it takes, or what selectors see of it. */
export const placedPodMatters = (before: Pod, after: Pod): boolean =>
  before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
  !isDeepEqual(before.metadata.labels, after.metadata.labels) ||
  !isDeepEqual(before.spec, after.spec) ||
  !isDeepEqual(resourcesOf(before), resourcesOf(after));

/** A resize in place shows in the status of containers first. */
const resourcesOf = ({ status }: Pod) =>
  status?.containerStatuses?.map(({ resources, allocatedResources }) => [
    resources,
    allocatedResources,
  ]);
