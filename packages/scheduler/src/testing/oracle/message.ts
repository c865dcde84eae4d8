import type { Obstacle } from './volumes.ts';
import type { Refusal } from './world.ts';

/** How often each reason was given: `0/3 nodes are available: 1 Too many pods, 2 Insufficient cpu.` */
export function failureMessage(
  nodeCount: number,
  obstacle: Obstacle | undefined,
  refusals: Iterable<Refusal>,
): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  if (obstacle) return `0/${nodeCount} nodes are available: ${obstacle.reason}.`;
  const counts = new Map<string, number>();
  for (const { reasons } of refusals)
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const counted = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodeCount} nodes are available: ${counted.join(', ')}.`;
}
