import type { PriorityLevelConfiguration } from '@berth/api';
import { createFairQueues } from './fair-queues.ts';
import type { FairQueues, QueueShape } from './fair-queues.ts';

/** Why a request is sent away, in the words of upstream's metric. */
type Refusal = 'concurrency-limit' | 'queue-full' | 'time-out' | 'cancelled';

/** Called once, with what has become of a request that waited. */
type Settle = (outcome: Refusal | 'seated') => void;

/** One priority level while requests run and wait. */
interface Level {
  readonly name: string;
  readonly uid: string;
  /** Seats it is due; what it lends may be taken by others while it does not need them. */
  readonly nominal: number;
  readonly running: number;
  readonly waiting: number;
}

/** Shares out the seats of a server. */
export interface Seats {
  levels(): readonly Level[];
  level(name: string): Level | undefined;
  /** Takes these levels from now on. Who runs goes on; who waits at a level that is gone is seated in its turn. */
  configure(levels: readonly PriorityLevelConfiguration[]): void;
  /** Seats a request at once, or says why not; `'waiting'` means that `settle` will be called. `flow` is asked for when needed. */
  enter(level: string, flow: () => string, settle: Settle): 'seated' | 'waiting' | Refusal;
  /** Ends the wait of a request, if it still waits. */
  giveUp(level: string, settle: Settle, why: Refusal): void;
  leave(level: string): void;
}

interface Mutable {
  readonly name: string;
  uid: string;
  exempt: boolean;
  nominal: number;
  /** Of its nominal seats, those that it never lends. */
  kept: number;
  most: number;
  queues: FairQueues<Settle> | undefined;
  shape: QueueShape | undefined;
  running: number;
}

/**
 * Every level has its share of `total`. It may use more while others do not need theirs, up to its borrowing limit,
 * and never so much that another would find less than the seats it does not lend.
 */
export function createSeats(total: number): Seats {
  let levels = new Map<string, Mutable>();

  /** Seats that are in use, or kept for levels that do not use them now. */
  const spokenFor = () => {
    let sum = 0;
    for (const level of levels.values()) {
      if (!level.exempt) sum += Math.max(level.running, level.kept);
    }
    return sum;
  };
  /** Seats there are: rounding up may have given out more than `total`. */
  const there = () => {
    let sum = 0;
    for (const level of levels.values()) if (!level.exempt) sum += level.nominal;
    return Math.max(total, sum);
  };
  const hasSeat = (level: Mutable) =>
    level.exempt ||
    level.running < level.kept ||
    (level.running < level.most && spokenFor() < there());

  /** Seats whoever waits, as far as seats go: first levels that have less than they are due. */
  const dispatch = () => {
    for (;;) {
      const waiting: Mutable[] = [];
      for (const level of levels.values()) {
        if (level.queues?.size && hasSeat(level)) waiting.push(level);
      }
      if (waiting.length === 0) return;
      const next = nextLevel(waiting);
      const settle = next?.queues?.shift();
      if (!next || !settle) return;
      next.running++;
      settle('seated');
    }
  };

  return {
    levels: () => [...levels.values()].map(view),
    level(name) {
      const level = levels.get(name);
      return level && view(level);
    },
    configure(configurations) {
      const next = new Map<string, Mutable>();
      const sum = configurations.reduce((shares, level) => shares + sharesOf(level), 0);
      for (const configuration of configurations) {
        const { name } = configuration.metadata;
        next.set(name, adjusted(levels.get(name), configuration, total, sum));
      }
      for (const [name, level] of levels) {
        if (!next.has(name) && (level.running > 0 || level.queues?.size)) {
          next.set(name, { ...level, kept: 0 });
        }
      }
      levels = next;
      dispatch();
    },
    enter(name, flow, settle) {
      const level = levels.get(name);
      if (!level) return 'concurrency-limit';
      if (!level.queues?.size && hasSeat(level)) {
        level.running++;
        return 'seated';
      }
      if (!level.queues) return 'concurrency-limit';
      return level.queues.push(flow(), settle) ? 'waiting' : 'queue-full';
    },
    giveUp(name, settle, why) {
      levels.get(name)?.queues?.remove(settle);
      settle(why);
    },
    leave(name) {
      const level = levels.get(name);
      if (!level) return;
      level.running--;
      dispatch();
    },
  };
}

const view = ({ name, uid, nominal, running, queues }: Mutable): Level => ({
  name,
  uid,
  nominal,
  running,
  waiting: queues?.size ?? 0,
});

/** The level that has least of what it is due. */
function nextLevel(levels: readonly Mutable[]): Mutable | undefined {
  const need = ({ running, nominal }: Mutable) => running / Math.max(1, nominal);
  return [...levels].sort((a, b) => need(a) - need(b))[0];
}

const sharesOf = ({ spec }: PriorityLevelConfiguration): number =>
  (spec.limited ?? spec.exempt)?.nominalConcurrencyShares ?? 0;

function adjusted(
  old: Mutable | undefined,
  { metadata, spec }: PriorityLevelConfiguration,
  total: number,
  sum: number,
): Mutable {
  const { limited, exempt } = spec;
  const nominal = sum > 0 ? Math.ceil((total * sharesOf({ metadata, spec })) / sum) : 0;
  const part = (percent: number) => Math.round((nominal * percent) / 100);
  const borrowing = limited?.borrowingLimitPercent;
  const shape = limited?.limitResponse?.queuing;
  const queuing: QueueShape | undefined = shape && {
    queues: shape.queues ?? 1,
    handSize: shape.handSize ?? 1,
    queueLengthLimit: shape.queueLengthLimit ?? 1,
  };
  // Whoever waits keeps the queue they are in.
  const keepsQueues = old?.queues && (old.queues.size > 0 || isSame(old.shape, queuing));
  return {
    name: metadata.name,
    uid: metadata.uid,
    exempt: spec.type === 'Exempt',
    nominal,
    kept: nominal - part((limited ?? exempt)?.lendablePercent ?? 0),
    most: borrowing === undefined ? Infinity : nominal + part(borrowing),
    queues: keepsQueues ? old.queues : queuing && createFairQueues(queuing),
    shape: keepsQueues ? old.shape : queuing,
    running: old?.running ?? 0,
  };
}

const isSame = (a: QueueShape | undefined, b: QueueShape | undefined): boolean =>
  a?.queues === b?.queues &&
  a?.handSize === b?.handSize &&
  a?.queueLengthLimit === b?.queueLengthLimit;
