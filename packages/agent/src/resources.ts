import { asMilli, asNumber, asWhole, parseQuantity } from '@berth/api';
import type { Container, Pod } from '@berth/api';
import type { LinuxContainerResources } from '@berth/cri';

import { qosClass } from './qos.ts';

const minShares = 2;
const maxShares = 262_144;
const quotaPeriod = 100_000;
/** The kernel refuses shorter quotas than a millisecond per period. */
const minQuota = 1000;
const bestEffortScore = 1000;
const guaranteedScore = -997;
/** Priorities from here on belong to the system: such pods are killed last. */
const systemCritical = 2_000_000_000;

const milliOf = (text: string | undefined) => asMilli(parseQuantity(text ?? '0'));

export const cpuShares = (milli: number): number =>
  Math.min(maxShares, Math.max(minShares, Math.floor((milli * 1024) / 1000)));

/** What a container's requests and limits mean to the kernel. */
export function linuxResources(
  pod: Pod,
  { resources = {} }: Container,
  nodeMemoryBytes: number,
): LinuxContainerResources {
  const { limits = {}, requests = {} } = resources;
  const cpuLimit = milliOf(limits['cpu']);
  const cpuRequest = requests['cpu'] === undefined ? cpuLimit : milliOf(requests['cpu']);
  const memory = asWhole(parseQuantity(limits['memory'] ?? '0'));
  return {
    cpuShares: cpuShares(cpuRequest),
    ...(cpuLimit > 0 && {
      cpuPeriod: quotaPeriod,
      cpuQuota: Math.max(minQuota, Math.floor((cpuLimit * quotaPeriod) / 1000)),
    }),
    ...(memory > 0 && { memoryLimitInBytes: memory }),
    oomScoreAdj: oomScore(pod, requests['memory'] ?? limits['memory'], nodeMemoryBytes),
  };
}

/** Whom the kernel kills first when memory runs out: the larger the sooner. */
export function oomScore(pod: Pod, memoryRequest: string | undefined, nodeMemory: number): number {
  const qos = qosClass(pod);
  if (qos === 'Guaranteed' || (pod.spec.priority ?? 0) >= systemCritical) return guaranteedScore;
  if (qos === 'BestEffort' || nodeMemory <= 0) return bestEffortScore;
  const share = asNumber(parseQuantity(memoryRequest ?? '0')) / nodeMemory;
  const score = Math.floor(bestEffortScore - bestEffortScore * share);
  return Math.min(bestEffortScore - 1, Math.max(bestEffortScore + guaranteedScore, score));
}
