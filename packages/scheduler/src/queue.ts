import { backoff } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import { createHeap } from './heap.ts';
import type { PodInfo } from './pod-info.ts';

/** A pod that waits to be placed. */
export interface QueuedPod {
  readonly info: PodInfo;
  /** When it first came into the queue, in ms. */
  readonly since: number;
  /** Failed attempts so far. */
  readonly attempts: number;
  /** The plugins that refused a node at the last attempt; only what they ask about can help. */
  readonly refusedBy: ReadonlySet<string>;
}

export interface QueueDepths {
  readonly active: number;
  readonly backoff: number;
  readonly unschedulable: number;
}

/**
 * Pods that wait: active ones in the order of priority and then age, those that back off after a failure, and
 * those that nothing can help until something in the cluster changes. A pod is in one place at a time, or with
 * the scheduler.
 */
export interface SchedulingQueue {
  /** A pod that came, or changed in a way that may make it schedulable. Keeps its age and its attempts. */
  add(info: PodInfo): void;
  /** The same pod in a new state that changes nothing about where it fits. */
  refresh(info: PodInfo): void;
  remove(key: string): void;
  /** After a failed attempt. The pod waits for a change that helps, or backs off if one came during the attempt. */
  park(pod: QueuedPod, refusedBy: ReadonlySet<string>): void;
  /** After an attempt that failed for no fault of the pod: it backs off and tries again. */
  retry(pod: QueuedPod): void;
  /** Something changed: parked pods for which `helps` is true get another attempt, after their back-off. */
  moved(helps: (pod: QueuedPod) => boolean): void;
  depths(): QueueDepths;
  /** Yields pods in order until `signal` aborts. */
  take(signal: AbortSignal): AsyncIterable<QueuedPod>;
}

/** Upstream's pod-initial-backoff and pod-max-backoff. */
const podBackoff = { initialMs: 1_000, maxMs: 10_000 };
/** However sure we are that nothing helps, a pod gets another attempt after this long. */
const longestParkMs = 5 * 60_000;

interface Entry {
  pod: QueuedPod;
  place: 'active' | 'backoff' | 'unschedulable' | 'taken';
  readonly order: number;
  /** Set while a timer will move the entry on. */
  cancel?: (() => void) | undefined;
}

export function createSchedulingQueue(clock: Clock): SchedulingQueue {
  const entries = new Map<string, Entry>();
  const active = createHeap<Entry>(isAhead);
  const sleepers: (() => void)[] = [];
  let order = 0;
  /** Changes seen so far, and the count at which each taken pod's attempt began. */
  let changes = 0;
  const takenAt = new Map<string, number>();

  const activate = (entry: Entry) => {
    place(entry, 'active');
    active.push(entry);
    sleepers.shift()?.();
  };
  const place = (entry: Entry, where: Entry['place']) => {
    entry.cancel?.();
    entry.cancel = undefined;
    entry.place = where;
  };
  const startBackoff = (entry: Entry) => {
    place(entry, 'backoff');
    const ms = backoff(entry.pod.attempts - 1, podBackoff, () => 0);
    entry.cancel = clock.after(ms, () => activate(entry));
  };
  /** A new entry in the place of the old one, so that what the heap still holds of the old one is void. */
  const replace = (pod: QueuedPod): Entry => {
    const key = pod.info.key;
    const before = entries.get(key);
    before?.cancel?.();
    const entry: Entry = { pod, place: 'taken', order: before?.order ?? order++ };
    entries.set(key, entry);
    return entry;
  };
  const isCurrent = (entry: Entry) => entries.get(entry.pod.info.key) === entry;
  const failed = (pod: QueuedPod, refusedBy: ReadonlySet<string>): Entry | undefined => {
    const current = entries.get(pod.info.key);
    const began = takenAt.get(pod.info.key);
    takenAt.delete(pod.info.key);
    // Removed or changed during the attempt: the newer word stands.
    if (current?.place !== 'taken' || began === undefined) return undefined;
    return replace({ ...current.pod, attempts: pod.attempts + 1, refusedBy });
  };

  return {
    add(info) {
      const known = entries.get(info.key)?.pod;
      const pod: QueuedPod = known
        ? { ...known, info }
        : { info, since: clock.now(), attempts: 0, refusedBy: new Set() };
      activate(replace(pod));
    },
    refresh(info) {
      const entry = entries.get(info.key);
      if (entry) entry.pod = { ...entry.pod, info };
    },
    remove(key) {
      const entry = entries.get(key);
      if (!entry) return;
      place(entry, 'taken');
      entries.delete(key);
      takenAt.delete(key);
    },
    park(pod, refusedBy) {
      const changedMeanwhile = changes !== takenAt.get(pod.info.key);
      const entry = failed(pod, refusedBy);
      if (!entry) return;
      if (changedMeanwhile) return startBackoff(entry);
      place(entry, 'unschedulable');
      entry.cancel = clock.after(longestParkMs, () => activate(entry));
    },
    retry(pod) {
      const entry = failed(pod, pod.refusedBy);
      if (entry) startBackoff(entry);
    },
    moved(helps) {
      changes += 1;
      for (const entry of entries.values()) {
        if (entry.place === 'unschedulable' && helps(entry.pod)) startBackoff(entry);
      }
    },
    depths() {
      const depths = { active: 0, backoff: 0, unschedulable: 0 };
      for (const { place: where } of entries.values()) if (where !== 'taken') depths[where] += 1;
      return depths;
    },
    async *take(signal) {
      const wakeAll = () => sleepers.splice(0).forEach((wake) => wake());
      signal.addEventListener('abort', wakeAll, { once: true });
      while (!signal.aborted) {
        const entry = active.pop();
        if (!entry) {
          await new Promise<void>((wake) => sleepers.push(wake));
          continue;
        }
        if (!isCurrent(entry) || entry.place !== 'active') continue;
        place(entry, 'taken');
        takenAt.set(entry.pod.info.key, changes);
        yield entry.pod;
      }
    },
  };
}

/** Upstream's PrioritySort: higher priority first, then who came first. */
const isAhead = (a: Entry, b: Entry) =>
  a.pod.info.priority === b.pod.info.priority
    ? a.order < b.order
    : a.pod.info.priority > b.pod.info.priority;
