import type { Amounts } from '../resources.ts';
import { createLedger } from './ledger.ts';
import type { Ledger, Obstacle } from './ledger.ts';
import type { Claim, QueueTerms } from './queue-terms.ts';
import { createSums } from './sums.ts';

/**
 * Who has what, kept up with the cluster. There are two ledgers: of what is so now, and of what will be when everybody has
 * left who must and has come for whom a place is kept. Both are made anew after queues changed, when they are next read.
 */
export interface Books {
  setQueue(terms: QueueTerms): void;
  removeQueue(name: string): void;
  setNode(name: string, allocatable: Amounts): void;
  removeNode(name: string): void;
  /** Pods that belong to no queue take from what there is for all. */
  setOther(key: string, requests: Amounts): void;
  /** The claim has its node. `leaving`: it is on its way out. A place that was kept for it is not kept any more. */
  admit(claim: Claim, leaving: boolean): void;
  /** The pod, of a queue or of none, is on no node any more. */
  drop(key: string): void;
  /** Nobody else gets what the claim asks for. `victims` are told to leave for it, and count as leaving from now on. */
  reserve(claim: Claim, victims?: readonly string[]): void;
  release(key: string): void;
  /** The victims may stay after all. */
  revoke(key: string): void;
  /** How many of the victims are still there. */
  awaited(key: string): number;
  /** What the quotas have against the claim now; a place that is kept for it is not in its way. */
  obstacleTo(claim: Claim): Obstacle | undefined;
  /** Whether the quotas have nothing against all of these together, now and in what will be. */
  haveRoomFor(claims: readonly Claim[]): boolean;
  /** What will be; a place that is kept for `claim` is left out for as long as `use` runs. */
  without<T>(claim: Claim, use: (due: Ledger) => T): T;
  readonly due: Ledger;
  /** What the queue has now, and the part of the cluster that it is. */
  used(queue: string): Amounts;
  share(queue: string): number;
  readonly queues: readonly QueueTerms[];
  queue(name: string): QueueTerms | undefined;
  /** Admitted claims that are not about to leave, and those that are. */
  admitted(kind: 'staying' | 'leaving'): readonly Claim[];
}

interface Entry {
  claim: Claim;
  leaving: boolean;
}

interface Reservation {
  readonly claim: Claim;
  readonly victims: readonly string[];
}

/**
 * `implied` are queues that are there while nobody says otherwise. `freed` is told the name of a queue some of whose claims
 * gave something back; undefined: it may be any.
 */
export function createBooks(
  implied: readonly QueueTerms[],
  freed: (queue: string | undefined) => void,
): Books {
  const given = new Map<string, QueueTerms>();
  const entries = new Map<string, Entry>();
  const reserved = new Map<string, Reservation>();
  const evicted = new Set<string>();
  const others = new Map<string, Amounts>();
  const nodes = new Map<string, Amounts>();
  const capacity = createSums();
  let kept: { readonly now: Ledger; readonly due: Ledger } | undefined;
  let queues: readonly QueueTerms[] = [];

  const isStaying = ({ claim, leaving }: Entry) => !leaving && !evicted.has(claim.key);
  const ledgers = () => {
    if (kept) return kept;
    queues = [...new Map([...implied.map((q) => [q.name, q] as const), ...given]).values()];
    const now = createLedger(queues, capacity.amounts);
    const due = createLedger(queues, capacity.amounts);
    for (const entry of entries.values()) {
      now.take(entry.claim);
      if (isStaying(entry)) due.take(entry.claim);
    }
    for (const { claim } of reserved.values()) due.take(claim);
    kept = { now, due };
    return kept;
  };
  const changed = () => {
    kept = undefined;
    freed(undefined);
  };
  const release = (key: string): Reservation | undefined => {
    const reservation = reserved.get(key);
    if (!reservation) return undefined;
    reserved.delete(key);
    kept?.due.giveBack(reservation.claim);
    return reservation;
  };
  /** Counts as leaving before anybody sees it leave, or does so no longer. */
  const expect = (key: string, leaves: boolean) => {
    const entry = entries.get(key);
    if (!entry || evicted.has(key) === leaves) return;
    if (isStaying(entry)) kept?.due.giveBack(entry.claim);
    if (leaves) evicted.add(key);
    else evicted.delete(key);
    if (isStaying(entry)) kept?.due.take(entry.claim);
  };
  const put = (entry: Entry, sign: 'take' | 'giveBack') => {
    kept?.now[sign](entry.claim);
    if (isStaying(entry)) kept?.due[sign](entry.claim);
  };
  const without = <T>(claim: Claim, use: (due: Ledger) => T): T => {
    const { due } = ledgers();
    const own = reserved.get(claim.key)?.claim;
    if (!own) return use(due);
    due.giveBack(own);
    try {
      return use(due);
    } finally {
      due.take(own);
    }
  };

  return {
    setQueue(terms) {
      given.set(terms.name, terms);
      changed();
    },
    removeQueue(name) {
      given.delete(name);
      changed();
    },
    setNode(name, allocatable) {
      capacity.add(nodes.get(name) ?? new Map(), -1);
      nodes.set(name, allocatable);
      capacity.add(allocatable);
    },
    removeNode(name) {
      capacity.add(nodes.get(name) ?? new Map(), -1);
      nodes.delete(name);
    },
    setOther(key, requests) {
      capacity.add(others.get(key) ?? new Map());
      others.set(key, requests);
      capacity.add(requests, -1);
    },
    admit(claim, leaving) {
      release(claim.key);
      const entry = entries.get(claim.key);
      const isSame =
        entry?.leaving === leaving &&
        entry.claim.queue === claim.queue &&
        isEqual(entry.claim.requests, claim.requests);
      if (isSame) return void (entry.claim = claim);
      if (entry) put(entry, 'giveBack');
      const after = { claim, leaving };
      entries.set(claim.key, after);
      put(after, 'take');
      if (entry) freed(entry.claim.queue);
    },
    drop(key) {
      const other = others.get(key);
      if (other) capacity.add(other);
      others.delete(key);
      const entry = entries.get(key);
      if (entry) put(entry, 'giveBack');
      entries.delete(key);
      evicted.delete(key);
      if (entry) freed(entry.claim.queue);
    },
    reserve(claim, victims = []) {
      release(claim.key);
      reserved.set(claim.key, { claim, victims });
      kept?.due.take(claim);
      for (const key of victims) expect(key, true);
    },
    release(key) {
      const reservation = release(key);
      if (reservation) freed(reservation.claim.queue);
    },
    revoke(key) {
      for (const victim of reserved.get(key)?.victims ?? []) expect(victim, false);
      const reservation = release(key);
      if (reservation) freed(reservation.claim.queue);
    },
    awaited: (key) =>
      reserved.get(key)?.victims.filter((victim) => entries.has(victim)).length ?? 0,
    obstacleTo: (claim) =>
      without(claim, (due) => due.quotaObstacle(claim)) ?? ledgers().now.quotaObstacle(claim),
    haveRoomFor(claims) {
      const { now, due } = ledgers();
      // Each takes what is kept for it.
      const own = claims.flatMap(({ key }) => reserved.get(key)?.claim ?? []);
      for (const claim of own) due.giveBack(claim);
      const taken: Claim[] = [];
      try {
        return claims.every((claim) => {
          if (due.quotaObstacle(claim) || now.quotaObstacle(claim)) return false;
          for (const ledger of [now, due]) ledger.take(claim);
          taken.push(claim);
          return true;
        });
      } finally {
        for (const claim of taken) for (const ledger of [now, due]) ledger.giveBack(claim);
        for (const claim of own) due.take(claim);
      }
    },
    without,
    get due() {
      return ledgers().due;
    },
    used: (queue) => ledgers().now.used(queue),
    share: (queue) => ledgers().now.share(queue),
    get queues() {
      ledgers();
      return queues;
    },
    queue: (name) => given.get(name) ?? implied.find((terms) => terms.name === name),
    admitted: (kind) =>
      [...entries.values()]
        .filter((entry) => isStaying(entry) === (kind === 'staying'))
        .map(({ claim }) => claim),
  };
}

const isEqual = (a: Amounts, b: Amounts): boolean =>
  a === b || (a.size === b.size && [...a].every(([name, amount]) => b.get(name) === amount));
