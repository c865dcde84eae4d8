import { parseTime, queueNameLabel } from '@berth/api';
import type { Pod } from '@berth/api';
import type { PodInfo } from '../pod-info.ts';
import type { Claim } from './queue-terms.ts';

/** Tells which pods belong to queues, and what they claim. */
export interface Claims {
  /** Undefined for pods that belong to no queue. */
  of(pod: PodInfo): Claim | undefined;
  /** Queues that pods belong to which name none. */
  readonly defaults: ReadonlySet<string>;
}

/** `defaultQueues`: by the scheduler name of each profile whose pods belong to queues. */
export function createClaims(defaultQueues: ReadonlyMap<string, string>): Claims {
  const known = new WeakMap<PodInfo, Claim>();
  return {
    defaults: new Set(defaultQueues.values()),
    of(info) {
      const { pod, key, priority, shape } = info;
      const fallback = defaultQueues.get(pod.spec.schedulerName ?? '');
      if (fallback === undefined) return undefined;
      const before = known.get(info);
      if (before) return before;
      const queue = pod.metadata.labels?.[queueNameLabel] || fallback;
      const claim = { key, queue, priority, since: startOf(pod), requests: shape.requests };
      known.set(info, claim);
      return claim;
    },
  };
}

/** What runs for longest has the most to lose; before it runs, it is how long it has been there. */
const startOf = ({ metadata, status }: Pod): number =>
  parseTime(status?.startTime ?? metadata.creationTimestamp) ?? 0;
