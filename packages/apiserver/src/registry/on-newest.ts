import type { KeyValue } from '@berth/storage';
import type { Lifetime } from '../lifetime.ts';
import type { Resource } from './resource.ts';
import { isUnknownOutcome } from './store-errors.ts';

/** What came of a write that builds on a stored value. */
export interface Attempted<T> {
  readonly result: T;
  /** What the key holds now, if this put it there; `nothing` when the result is about what was there already. */
  readonly wrote: KeyValue | 'nothing' | 'removal';
}

/** Builds on a value; undefined when another write came first. */
export type Attempt<T> = (kv: KeyValue) => Promise<Attempted<T> | undefined>;

/**
 * Lets `attempt` build on what a key holds until no other write comes in between; undefined when it holds nothing. The
 * first attempt is made on the object at hand, which is nearly always the newest: what it refuses, or finds no reason
 * to write, only counts when it was. Those who lost a race take turns, so that a hundred writers of one object cost a
 * hundred attempts and not thousands.
 */
export async function onNewest<T>(
  { storage, turns }: Pick<Resource, 'storage' | 'turns'>,
  key: string,
  attempt: Attempt<T>,
  lifetime?: Pick<Lifetime, 'throwIfOver'>,
): Promise<T | undefined> {
  if (!turns.isTaken(key)) {
    const { kv } = await storage.getCached(key);
    const attempted = kv && (await onAtHand(storage, kv, attempt));
    if (attempted) return attempted.result;
  }
  const turn = await turns.take(key);
  let left = turn.left;
  try {
    for (let first = true; ; first = false) {
      lifetime?.throwIfOver();
      const known = first ? left : undefined;
      const attempted = known
        ? await onAtHand(storage, known, attempt)
        : await onStored(storage, key, attempt);
      if (attempted === 'absent') return undefined;
      if (!attempted) continue;
      if (typeof attempted.wrote === 'object') left = attempted.wrote;
      return attempted.result;
    }
  } finally {
    turn.end(left);
  }
}

async function onStored<T>(
  storage: Resource['storage'],
  key: string,
  attempt: Attempt<T>,
): Promise<Attempted<T> | 'absent' | undefined> {
  const { kv } = await storage.get(key);
  return kv ? attempt(kv) : 'absent';
}

/** Undefined as well when it came to an end on something that was not the newest. */
async function onAtHand<T>(
  storage: Resource['storage'],
  kv: KeyValue,
  attempt: Attempt<T>,
): Promise<Attempted<T> | undefined> {
  const isNewest = async () => (await storage.get(kv.key)).kv?.modRevision === kv.modRevision;
  try {
    const attempted = await attempt(kv);
    return attempted?.wrote === 'nothing' && !(await isNewest()) ? undefined : attempted;
  } catch (err) {
    if (isUnknownOutcome(err) || (await isNewest())) throw err;
    return undefined;
  }
}
