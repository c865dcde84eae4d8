import type { NeededRoom } from '../framework.ts';
import { fits, refuse } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Trial } from './eviction.ts';

/**
 * For pods that need nothing of the pods around them but room: what is left is worked out in numbers. `gone` are the pods
 * that are off the node at first, `promised` those that are not there yet and must find room, too.
 */
export function createRoomTrial(
  node: NodeInfo,
  needed: readonly NeededRoom[],
  gone: readonly PodInfo[],
  promised: readonly PodInfo[],
): Trial {
  const left = needed.map(({ column }) => {
    return column.allocatable(node.index) - column.requested(node.index);
  });
  let places = node.allocatable('pods') - node.pods.length;
  const change = ({ shape: { requests } }: PodInfo, sign: 1 | -1) => {
    places += sign;
    for (const [i, { resource }] of needed.entries())
      left[i]! += sign * (requests.get(resource) ?? 0);
  };
  for (const pod of gone) change(pod, 1);
  for (const pod of promised) change(pod, -1);
  return {
    putBack: (pod) => change(pod, -1),
    takeOff: (pod) => change(pod, 1),
    verdict() {
      const short = needed.filter(({ amount }, i) => amount > left[i]!);
      if (places >= 1 && short.length === 0) return fits;
      const reasons = short.map(({ resource }) => `Insufficient ${resource}`);
      return refuse(...(places < 1 ? ['Too many pods'] : []), ...reasons);
    },
  };
}
