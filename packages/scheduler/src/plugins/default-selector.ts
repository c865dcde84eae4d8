import {
  controllerOf,
  formatSelector,
  matchesLabels,
  replicaSets,
  replicationControllers,
  selectorFromLabels,
  services,
  statefulSets,
  toSelector,
} from '@berth/api';
import type { Labels, Selector } from '@berth/api';
import type { ClusterObjects } from '../cluster/objects.ts';
import type { PodShape } from '../pod-shape.ts';

/** The kinds that `defaultSelector` reads. */
export const selectingKinds = [services, replicaSets, statefulSets, replicationControllers];

/**
 * What selects the pods that a pod is one of: the selectors of the Services that select it and of the workload that
 * controls it, all together. Undefined when there are none.
 */
export function defaultSelector(
  { namespace, labels, pod }: PodShape,
  objects: ClusterObjects,
): Selector | undefined {
  let merged: Labels = {};
  for (const { spec } of objects.list(services, namespace))
    if (spec.selector && matchesLabels(selectorFromLabels(spec.selector), labels))
      merged = { ...spec.selector, ...merged };
  const owner = controllerOf(pod);
  let further: Selector = [];
  switch (owner ? `${owner.apiVersion}/${owner.kind}` : '') {
    case 'v1/ReplicationController':
      merged = {
        ...merged,
        ...objects.get(replicationControllers, namespace, owner!.name)?.spec.selector,
      };
      break;
    case 'apps/v1/ReplicaSet':
      further = toSelector(objects.get(replicaSets, namespace, owner!.name)?.spec.selector) ?? [];
      break;
    case 'apps/v1/StatefulSet':
      further = toSelector(objects.get(statefulSets, namespace, owner!.name)?.spec.selector) ?? [];
      break;
    default:
  }
  const selector = [...selectorFromLabels(merged), ...further];
  return selector.length === 0 ? undefined : selector;
}

/** Equal for selectors that say the same. */
export const selectorKey = (selector: Selector | undefined): string =>
  selector === undefined ? '-' : `+${formatSelector(selector)}`;
