import type { Pod } from '@berth/api';
import { isReady, readySince, restarts } from '../pods.ts';

const costAnnotation = 'controller.kubernetes.io/pod-deletion-cost';

const phaseRank: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** Numbers to compare in turn; the pod with the lower one goes first. */
type Rank = readonly number[];

/**
 * The pods in the order in which they are missed least: upstream's ActivePodsWithRanks. Unassigned before assigned,
 * pending before running, not ready before ready, cheap before dear, in company before alone, ready for a short
 * time before ready for long, often restarted before steady, young before old.
 */
export function rankForDeletion(
  pods: readonly Pod[],
  companyOn: ReadonlyMap<string, number>,
  now: number,
): readonly Pod[] {
  return pods
    .map((pod) => ({ pod, rank: rankOf(pod, companyOn, now) }))
    .sort((a, b) => compare(a.rank, b.rank))
    .map(({ pod }) => pod);
}

function rankOf(pod: Pod, companyOn: ReadonlyMap<string, number>, now: number): Rank {
  const { nodeName } = pod.spec;
  return [
    nodeName ? 1 : 0,
    phaseRank[pod.status?.phase ?? 'Unknown'] ?? 1,
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.[costAnnotation] ?? 0) || 0,
    -(companyOn.get(nodeName ?? '') ?? 0),
    magnitude(now - (readySince(pod) ?? now)),
    -restarts(pod),
    magnitude(now - Date.parse(pod.metadata.creationTimestamp)),
  ];
}

/** Ages count by order of magnitude, so that pods of about one age go at random rather than youngest first. */
const magnitude = (ms: number) => Math.floor(Math.log2(Math.max(1, ms / 1000)));

function compare(a: Rank, b: Rank): number {
  for (const [i, value] of a.entries()) {
    const difference = value - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
