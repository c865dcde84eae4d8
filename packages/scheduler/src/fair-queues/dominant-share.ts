import type { Amounts } from '../resources.ts';

/**
 * The largest part of the cluster that `used` is, of any resource, divided by the weight: 1 is all of it at weight 1.
 * What the cluster does not have does not count.
 */
export function dominantShare(used: Amounts, capacity: Amounts, weight: number): number {
  let share = 0;
  for (const [resource, amount] of used) {
    const all = capacity.get(resource) ?? 0;
    if (all > 0) share = Math.max(share, amount / all);
  }
  return share / weight;
}
