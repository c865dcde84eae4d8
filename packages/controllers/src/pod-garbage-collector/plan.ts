import type { Node, Pod } from '@berth/api';
import { isConditionTrue } from '@berth/api';
import { isFinished } from '../pods.ts';

export interface Observed {
  readonly pods: readonly Pod[];
  readonly node: (name: string) => Node | undefined;
  /** Names of the nodes that have been missing for long enough to believe it. */
  readonly lostNodes: ReadonlySet<string>;
  /** How many finished pods may stay; 0 and less: any number. */
  readonly terminatedPodThreshold: number;
}

type Cause =
  /** Finished, and there are too many of them. */
  | 'terminated'
  /** Its node does not exist. */
  | 'orphaned'
  /** Deleted before a node was found for it. */
  | 'unscheduled'
  /** Deleted on a node of which somebody said that it will not come back. */
  | 'out-of-service';

export interface Doomed {
  readonly pod: Pod;
  readonly cause: Cause;
}

/** The pods that nobody will ever remove but the garbage collector, each once. */
export function planPodCleanup(observed: Observed): readonly Doomed[] {
  const { pods, node, lostNodes } = observed;
  const doomed = new Map<Pod, Cause>();
  for (const pod of surplus(observed)) doomed.set(pod, 'terminated');
  for (const pod of pods) {
    if (doomed.has(pod)) continue;
    const { nodeName } = pod.spec;
    const isLeaving = pod.metadata.deletionTimestamp !== undefined;
    if (nodeName && lostNodes.has(nodeName)) doomed.set(pod, 'orphaned');
    else if (isLeaving && !nodeName) doomed.set(pod, 'unscheduled');
    else if (isLeaving && nodeName && isOutOfService(node(nodeName)))
      doomed.set(pod, 'out-of-service');
  }
  return [...doomed].map(([pod, cause]) => ({ pod, cause }));
}

/** Evicted pods go before others, old ones before young ones. */
function surplus({ pods, terminatedPodThreshold }: Observed): readonly Pod[] {
  if (terminatedPodThreshold <= 0) return [];
  const finished = pods.filter(isFinished);
  const count = finished.length - terminatedPodThreshold;
  if (count <= 0) return [];
  return finished
    .sort(
      (a, b) =>
        Number(isEvicted(b)) - Number(isEvicted(a)) ||
        Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
        (a.metadata.name < b.metadata.name ? -1 : 1),
    )
    .slice(0, count);
}

const isEvicted = ({ status }: Pod) => status?.phase === 'Failed' && status.reason === 'Evicted';

const isOutOfService = (node: Node | undefined) =>
  node !== undefined &&
  !isConditionTrue(node.status?.conditions, 'Ready') &&
  (node.spec.taints ?? []).some(({ key }) => key === outOfServiceTaint);

const outOfServiceTaint = 'node.kubernetes.io/out-of-service';
