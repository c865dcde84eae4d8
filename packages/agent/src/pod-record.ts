import type { Pod, PodStatus, ResourceRequirements } from '@berth/api';
import { keyOf } from '@berth/api';

import { claimsOf } from './admission/claims.ts';
import type { Claims } from './admission/claims.ts';
import { wasRefused } from './admission/refused-status.ts';
import type { WaitingReason } from './container-statuses.ts';
import type { CrashBackoff } from './crash-backoff.ts';
import type { Verdict } from './pod-ending.ts';
import { firstAllocation } from './resize/allocated.ts';
import type { Allocated } from './resize/allocated.ts';
import type { PendingResize } from './resize/plan-allocation.ts';

/** What the agent remembers of a pod between two looks. None of it is needed after a restart. */
export interface PodRecord {
  /** As last seen. */
  pod: Pod;
  gone: boolean;
  readonly orphan: boolean;
  finished: boolean;
  /** Nothing of it is in the runtime: it came after that had been listed, and nothing was made for it yet. */
  untouched: boolean;
  /** What is to be said of it unless something better can be said soon. */
  held: PodStatus | undefined;
  verdict: Verdict | undefined;
  /** What it takes of the node, from when the node has taken it. */
  claims: Claims | undefined;
  /** The node has not taken it, and never made anything of it. */
  refused: boolean;
  /** Its containers have stopped for good: it holds nothing of the node any more. */
  stopped: boolean;
  /** What the node says of itself did not fit it at the last look; that may have been on its way behind the pod. */
  unfit: boolean;
  /** What its volumes need was not there at the last look; it may have been on its way behind the pod. */
  missed: boolean;
  /** What its containers may use. */
  allocated: Allocated;
  /** Why they may not use what they ask for. */
  pendingResize: PendingResize | undefined;
  /** What running containers were given since they were made, by id. */
  readonly applied: Map<string, ResourceRequirements>;
  /** Why the runtime did not give them what they may use, and when it is asked again. */
  resizeFailure: { readonly message: string; readonly retryAt: number } | undefined;
  readonly attempts: Map<string, number>;
  readonly backoffs: Map<string, CrashBackoff>;
  readonly waiting: Map<string, WaitingReason & { readonly retryAt: number }>;
}

const createRecord = (pod: Pod, orphan: boolean, untouched = false): PodRecord => ({
  pod,
  gone: orphan,
  orphan,
  finished: false,
  untouched,
  held: undefined,
  verdict: undefined,
  // A pod that has begun was taken by an agent before.
  claims: pod.status?.startTime === undefined ? undefined : claimsOf(pod),
  refused: wasRefused(pod),
  stopped: false,
  unfit: false,
  missed: false,
  allocated: firstAllocation(pod),
  pendingResize: undefined,
  applied: new Map(),
  resizeFailure: undefined,
  attempts: new Map(),
  backoffs: new Map(),
  waiting: new Map(),
});

/** All pods that have something to do with this node, by uid. */
export interface PodRecords {
  get(uid: string): PodRecord | undefined;
  has(uid: string): boolean;
  all(): readonly PodRecord[];
  /** The API has this pod now; one that nobody knew yet may be known to be untouched. */
  put(pod: Pod, untouched?: boolean): PodRecord;
  /** Something of a pod is here that the API does not know. */
  adopt(pod: Pod): PodRecord;
  /** Records of `namespace/name` other than `uid`: the API no longer has those. */
  others(key: string, uid: string | undefined): readonly PodRecord[];
  forget(uid: string): void;
  /** Nothing of the pod is left and the API knows; what the API may still tell of it is old news. */
  bury(uid: string): void;
  isBuried(uid: string): boolean;
  /** The API no longer has `namespace/name`, or has another one under that name. */
  passed(key: string, uid: string | undefined): void;
}

export function createPodRecords(): PodRecords {
  const records = new Map<string, PodRecord>();
  const byKey = new Map<string, Set<string>>();
  const buried = new Map<string, string>();

  const add = (record: PodRecord): PodRecord => {
    const { uid } = record.pod.metadata;
    const key = keyOf(record.pod);
    records.set(uid, record);
    byKey.set(key, (byKey.get(key) ?? new Set()).add(uid));
    return record;
  };

  const forget = (uid: string) => {
    const record = records.get(uid);
    if (!record) return;
    records.delete(uid);
    const key = keyOf(record.pod);
    byKey.get(key)?.delete(uid);
    if (byKey.get(key)?.size === 0) byKey.delete(key);
  };

  return {
    get: (uid) => records.get(uid),
    has: (uid) => records.has(uid),
    all: () => [...records.values()],
    put(pod, untouched = false) {
      const known = records.get(pod.metadata.uid);
      // A pod that was taken for an orphan is one no more; what was begun is looked at anew.
      if (!known || known.orphan) return add(createRecord(pod, false, untouched && !known));
      known.pod = pod;
      known.gone = false;
      return known;
    },
    adopt: (pod) => add(createRecord(pod, true)),
    others: (key, uid) =>
      [...(byKey.get(key) ?? [])].filter((id) => id !== uid).flatMap((id) => records.get(id) ?? []),
    forget,
    bury(uid) {
      const record = records.get(uid);
      if (record) buried.set(uid, keyOf(record.pod));
      forget(uid);
    },
    isBuried: (uid) => buried.has(uid),
    passed(key, uid) {
      for (const [id, of] of buried) if (of === key && id !== uid) buried.delete(id);
    },
  };
}
