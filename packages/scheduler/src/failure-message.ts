import type { Unschedulable } from './engine/decision.ts';

/** Why a pod could not be placed, in upstream's words: `0/3 nodes are available: 1 Too many pods, 2 Insufficient cpu.` */
export function failureMessage({
  nodeCount,
  obstacle,
  reasons,
}: Pick<Unschedulable, 'nodeCount' | 'obstacle' | 'reasons'>): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  if (obstacle !== undefined) return `0/${nodeCount} nodes are available: ${obstacle}.`;
  const counted = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodeCount} nodes are available: ${counted.join(', ')}.`;
}
