import type { Clock } from '@berth/component-base';
import { createHeap } from './heap.ts';
import type { Heap, HeapItem } from './heap.ts';
import { createParkedPods } from './parked-pods.ts';
import type { Parkable } from './parked-pods.ts';
import type { PodInfo } from './pod-info.ts';

/** A pod that waits to be placed. Whoever took it from the queue gives it back with `park`, `retry` or `remove`. */
export interface QueuedPod {
  readonly info: PodInfo;
  /** When it first could be tried, in ms: time behind a gate does not count. */
  readonly since: number;
  /** Attempts so far, with the one under way. */
  readonly attempts: number;
}

export interface QueueDepths {
  readonly active: number;
  readonly backoff: number;
  readonly unschedulable: number;
  readonly gated: number;
}

/** Something that may help pods that could not be placed. */
export interface ClusterEvent {
  /** Upstream's name of it, for metrics: `NodeAdd`, `AssignedPodDelete`. */
  readonly label: string;
  /** The plugins whose refusal it can undo; any when absent. */
  readonly helps?: ReadonlySet<string>;
}

/**
 * Pods that wait. Active ones come in the order of priority and then of the time they were queued; those that failed
 * back off, and those that no node takes are parked until the cluster changes so that one would. This is upstream's
 * scheduling queue, except that parked pods that are alike are tried one after the other instead of all at once:
 * what refuses the first would refuse the others.
 *
 *   add -> active | gated          take -> taken
 *   taken --park--> unschedulable  --an event helps, five minutes--> active, or backoff while that lasts
 *   taken --retry--> backoff       --over, or nothing else to do--> active
 */
export interface SchedulingQueue {
  /** A pod that came or changed. `mayHelp`: the change may make it fit where it did not. */
  add(info: PodInfo, mayHelp?: boolean): void;
  /** A pod that went, or that has its node. */
  remove(key: string): void;
  /** The next pod to try, if there is one. */
  take(): QueuedPod | undefined;
  /** Resolves when `take` may give a pod, and when `signal` aborts. One caller at a time. */
  ready(signal: AbortSignal): Promise<void>;
  /** Takes these as well, to be decided about together: those of them that wait for a turn, for the end of a back-off or for an event. */
  takeAlso(keys: Iterable<string>): readonly QueuedPod[];
  /** Asks anew whether these are gated: what they wait for beside the cluster has changed. `event`: what has, for metrics. */
  reconsider(keys: Iterable<string>, event: string): void;
  /** A node was found; it is not yet known whether the pod will get there. */
  placed(pod: QueuedPod): void;
  /** After an attempt in which no node took the pod: `refusedBy` are the plugins that refused any. */
  park(pod: QueuedPod, refusedBy: ReadonlySet<string>): void;
  /** After an attempt that failed for no fault of the pod. */
  retry(pod: QueuedPod): void;
  /** What was being done for a pod that waits has failed: it backs off before it is tried again. */
  setBack(key: string): void;
  /** It was not tried after all: it is gated now, or its turn comes again. */
  putBack(pod: QueuedPod): void;
  happened(event: ClusterEvent): void;
  depths(): QueueDepths;
  /** Every pod that is here, those that are being tried among them. */
  pods(): Iterable<PodInfo>;
  /** Where a pod is; undefined for one that is not here. `taken`: with the scheduler. */
  placeOf(key: string): QueuePlace | undefined;
  /** Nothing becomes due any more: a process whose loops have ended can end. */
  close(): void;
}

type QueuePlace = keyof QueueDepths | 'taken';

export interface SchedulingQueueOptions {
  readonly clock: Clock;
  /** Whether some node would take the pod as the cluster is now. */
  readonly isPlaceable: (info: PodInfo) => boolean;
  /** Pods with the same text fare the same; a pod of which that cannot be said has a text of its own. */
  readonly groupOf: (info: PodInfo) => string;
  /** A gated pod is not tried. */
  readonly isGated: (info: PodInfo) => boolean;
  /** Where turns are taken in another order than by priority and time. */
  readonly turns?: {
    /** Keeps the pods that are to be tried; its first is the next. `isAhead` is the order by priority and time. */
    readonly create: <T extends HeapItem & { readonly info: PodInfo }>(
      isAhead: (a: T, b: T) => boolean,
    ) => Heap<T>;
    /** What the turn of a pod depends on beside its priority and time. A pod that has such a turn does not back off after refusals. */
    readonly turnOf: (info: PodInfo) => string | undefined;
  };
  readonly initialBackoffMs?: number;
  readonly maxBackoffMs?: number;
  /** However sure we are that nothing helps, one of those that are alike gets an attempt after this long. */
  readonly longestParkMs?: number;
  /** Called for every pod that comes into a queue, with what brought it there. */
  readonly onIncoming?: (queue: keyof QueueDepths, event: string) => void;
}

interface Entry extends Parkable, HeapItem {
  info: PodInfo;
  since: number;
  attempts: number;
  /** Attempts that ended unschedulable, and attempts in a row that ended in an error; they set the back-off. */
  refusals: number;
  errors: number;
  /** When it was first queued or last failed. */
  queuedAt: number;
  /** Breaks ties between equal times. */
  readonly order: number;
  place: QueuePlace;
  /** How many events had been seen when it was taken. */
  takenAt: number;
  /** The pod changed while it was taken: what was found out may not hold any more. */
  changed: boolean;
}

/** Back-offs end together at full seconds, so that among pods that failed together priority decides. */
const windowMs = 1_000;
/** Groups of parked pods that are looked at between two decisions, and at once when there is nothing else to do. */
const looksBetween = 16;
const looksAtOnce = 512;

export function createSchedulingQueue(options: SchedulingQueueOptions): SchedulingQueue {
  const { clock, isPlaceable, groupOf, isGated, turns, onIncoming } = options;
  const { initialBackoffMs = 1_000, maxBackoffMs = 10_000, longestParkMs = 300_000 } = options;
  const entries = new Map<string, Entry>();
  const active = turns ? turns.create<Entry>(isAhead) : createHeap<Entry>(isAhead);
  const turnOf = (info: PodInfo) => turns?.turnOf(info);
  /** After refusals: the first of them is taken early when nothing is active. */
  const refused = createHeap<Entry>(endsEarlier);
  /** After errors: what failed is given its time. */
  const failed = createHeap<Entry>(endsEarlier);
  const parked = createParkedPods<Entry>({
    now: () => clock.now(),
    groupOf: turns ? (info) => JSON.stringify([turns.turnOf(info) ?? '', groupOf(info)]) : groupOf,
    ...{ isPlaceable, isAhead },
    send(entry, event) {
      depths.unschedulable -= 1;
      requeue(entry, event);
    },
  });
  const depths = { active: 0, backoff: 0, unschedulable: 0, gated: 0 };
  let order = 0;
  let events = 0;
  let wake: (() => void) | undefined;
  let timer: { readonly at: number; readonly cancel: () => void } | undefined;
  let looking = false;
  let isClosed = false;

  function backoffEnd({ errors, refusals, queuedAt, info }: Entry): number {
    const count = errors || (refusals > 0 && turnOf(info) === undefined ? refusals : 0);
    if (count === 0) return 0;
    const ms = Math.min(maxBackoffMs, initialBackoffMs * 2 ** Math.min(count - 1, 40));
    return (Math.floor((queuedAt + ms) / windowMs) + 1) * windowMs;
  }

  function endsEarlier(a: Entry, b: Entry): boolean {
    const difference = backoffEnd(a) - backoffEnd(b);
    return difference === 0 ? isAhead(a, b) : difference < 0;
  }

  const backoffOf = ({ errors }: Entry) => (errors > 0 ? failed : refused);

  const leave = (entry: Entry) => {
    if (entry.place === 'taken') return;
    depths[entry.place] -= 1;
    if (entry.place === 'active') active.remove(entry);
    else if (entry.place === 'backoff') backoffOf(entry).remove(entry);
    else if (entry.place === 'unschedulable') parked.remove(entry);
  };
  const enter = (entry: Entry, place: keyof QueueDepths, event: string) => {
    entry.place = place;
    depths[place] += 1;
    onIncoming?.(place, event);
  };
  const activate = (entry: Entry, event: string) => {
    enter(entry, 'active', event);
    active.push(entry);
    rouse();
  };
  /** To the active pods, or to those that back off while that lasts. */
  const requeue = (entry: Entry, event: string) => {
    if (backoffEnd(entry) <= clock.now()) return activate(entry, event);
    enter(entry, 'backoff', event);
    backoffOf(entry).push(entry);
    arm();
    // Whoever waits takes from the back-off rather than doing nothing.
    if (entry.errors === 0) rouse();
  };
  const rouse = () => {
    wake?.();
    wake = undefined;
  };

  const nextDue = (): number => {
    const ends = [refused.peek(), failed.peek()].map((first) =>
      first ? backoffEnd(first) : Infinity,
    );
    return Math.min(...ends, (parked.oldest() ?? Infinity) + longestParkMs);
  };
  /** One timer for whatever is due first. */
  const arm = () => {
    if (isClosed) return;
    const at = nextDue();
    if (timer && timer.at <= at) return;
    timer?.cancel();
    timer = at === Infinity ? undefined : { at, cancel: clock.after(at - clock.now(), onTimer) };
  };
  const onTimer = () => {
    timer = undefined;
    const now = clock.now();
    for (const heap of [refused, failed]) {
      for (let first = heap.peek(); first && backoffEnd(first) <= now; first = heap.peek()) {
        leave(first);
        activate(first, 'BackoffComplete');
      }
    }
    parked.flush(now - longestParkMs);
    arm();
  };
  /** While nobody takes pods, news are read in slices between which others get their turn. */
  const lookSoon = () => {
    if (looking || !parked.hasNews) return;
    looking = true;
    clock.after(0, () => {
      looking = false;
      if (!wake) return;
      parked.look(looksAtOnce);
      lookSoon();
    });
  };

  const isTaken = (pod: QueuedPod): pod is Entry =>
    entries.get(pod.info.key) === pod && (pod as Entry).place === 'taken';
  const comeBack = (entry: Entry) => {
    entry.queuedAt = clock.now();
    parked.settle(entry, 'unknown');
    if (isGated(entry.info)) enter(entry, 'gated', 'ScheduleAttemptFailure');
    else requeue(entry, 'ScheduleAttemptFailure');
  };
  const take = (entry: Entry): QueuedPod => {
    leave(entry);
    entry.place = 'taken';
    entry.takenAt = events;
    entry.changed = false;
    entry.attempts += 1;
    return entry;
  };
  const createEntry = (info: PodInfo): Entry => {
    const now = clock.now();
    return {
      info,
      since: now,
      attempts: 0,
      refusals: 0,
      errors: 0,
      queuedAt: now,
      order: order++,
      place: 'taken',
      takenAt: 0,
      changed: false,
      slot: -1,
      group: undefined,
    };
  };
  const ungate = (entry: Entry, event: string) => {
    if (entry.attempts === 0) entry.since = entry.queuedAt = clock.now();
    requeue(entry, event);
  };
  const update = (entry: Entry, info: PodInfo, mayHelp: boolean) => {
    if (mayHelp) parked.settle(entry, 'unknown');
    if (entry.place === 'taken') {
      entry.info = info;
      entry.changed ||= mayHelp;
      return;
    }
    const gated = isGated(info);
    const stays = gated
      ? entry.place === 'gated'
      : entry.place === 'active' || entry.place === 'backoff' || !mayHelp;
    const isAlike = entry.info.priority === info.priority && turnOf(entry.info) === turnOf(info);
    if (stays && isAlike) {
      entry.info = info;
      return;
    }
    leave(entry);
    entry.info = info;
    if (gated) enter(entry, 'gated', 'UnscheduledPodUpdate');
    else ungate(entry, 'UnscheduledPodUpdate');
  };

  return {
    add(info, mayHelp = true) {
      const known = entries.get(info.key);
      if (known) return update(known, info, mayHelp);
      const entry = createEntry(info);
      entries.set(info.key, entry);
      if (isGated(info)) enter(entry, 'gated', 'UnscheduledPodAdd');
      else activate(entry, 'UnscheduledPodAdd');
    },
    remove(key) {
      const entry = entries.get(key);
      if (!entry) return;
      leave(entry);
      entries.delete(key);
      parked.settle(entry, 'unknown');
    },
    take() {
      parked.look(looksBetween);
      const entry = active.peek() ?? refused.peek();
      return entry && take(entry);
    },
    takeAlso: (keys) =>
      [...keys].flatMap((key) => {
        const entry = entries.get(key);
        return entry && entry.place !== 'taken' && entry.place !== 'gated' ? [take(entry)] : [];
      }),
    reconsider(keys, event) {
      for (const key of keys) {
        const entry = entries.get(key);
        // Of what is taken the question is asked when it comes back.
        if (!entry || entry.place === 'taken') continue;
        const gated = isGated(entry.info);
        if (gated === (entry.place === 'gated')) continue;
        leave(entry);
        parked.settle(entry, 'unknown');
        if (gated) enter(entry, 'gated', event);
        else ungate(entry, event);
      }
    },
    async ready(signal) {
      if (signal.aborted || active.size > 0 || refused.size > 0) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener('abort', rouse, { once: true });
        lookSoon();
      });
      signal.removeEventListener('abort', rouse);
    },
    placed(pod) {
      if (isTaken(pod)) parked.settle(pod, 'unknown');
    },
    park(pod, refusedBy) {
      if (!isTaken(pod)) return;
      const entry: Entry = pod;
      entry.refusals += 1;
      entry.errors = 0;
      const isOld = entry.changed || isGated(entry.info);
      if (isOld || (events !== entry.takenAt && isPlaceable(entry.info))) return comeBack(entry);
      entry.queuedAt = clock.now();
      parked.settle(entry, 'refused');
      enter(entry, 'unschedulable', 'ScheduleAttemptFailure');
      parked.add(entry, refusedBy);
      arm();
    },
    setBack(key) {
      const entry = entries.get(key);
      if (!entry || entry.place === 'taken') return;
      leave(entry);
      entry.errors += 1;
      comeBack(entry);
    },
    putBack(pod) {
      if (!isTaken(pod)) return;
      const entry: Entry = pod;
      entry.attempts -= 1;
      entry.errors = 0;
      comeBack(entry);
    },
    retry(pod) {
      if (!isTaken(pod)) return;
      const entry: Entry = pod;
      entry.errors += 1;
      comeBack(entry);
    },
    happened(event) {
      events += 1;
      parked.happened(event);
      if (wake) lookSoon();
    },
    depths: () => ({ ...depths }),
    *pods() {
      for (const { info } of entries.values()) yield info;
    },
    placeOf: (key) => entries.get(key)?.place,
    close() {
      isClosed = true;
      timer?.cancel();
      timer = undefined;
    },
  };
}

/** Upstream's PrioritySort: higher priority first, then who was queued first. */
function isAhead(a: Entry, b: Entry): boolean {
  if (a.info.priority !== b.info.priority) return a.info.priority > b.info.priority;
  return a.queuedAt === b.queuedAt ? a.order < b.order : a.queuedAt < b.queuedAt;
}
