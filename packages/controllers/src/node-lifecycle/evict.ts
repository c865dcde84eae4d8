import { tolerates } from '@berth/api';
import type { Node, Pod } from '@berth/api';

/** When a pod has to leave its node because of NoExecute taints. */
export type Eviction =
  | { readonly kind: 'stay' }
  /** ms since the epoch; now or past: at once. */
  | { readonly kind: 'leave'; readonly at: number };

/**
 * A pod stays for ever when it tolerates every NoExecute taint for ever, leaves at once when it does not tolerate
 * one, and otherwise leaves when the shortest of its tolerations runs out.
 */
export function planEviction(pod: Pod, node: Node, now: number): Eviction {
  const taints = (node.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  const deadlines: number[] = [];
  for (const taint of taints) {
    const covering = (pod.spec.tolerations ?? []).filter((toleration) =>
      tolerates(toleration, taint),
    );
    if (covering.length === 0) return { kind: 'leave', at: now };
    const seconds = covering.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
    if (seconds.length > 0) {
      const since = taint.timeAdded ? Date.parse(taint.timeAdded) : now;
      deadlines.push(since + Math.max(0, Math.min(...seconds)) * 1000);
    }
  }
  return deadlines.length > 0 ? { kind: 'leave', at: Math.min(...deadlines) } : { kind: 'stay' };
}
