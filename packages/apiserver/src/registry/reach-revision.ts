import type { Lifetime } from '../lifetime.ts';
import type { Resource } from './resource.ts';
import { timedOut } from './store-errors.ts';

const patienceMs = 3000;

/** Waits a little until this server has seen a revision that a client has seen elsewhere. */
export async function reachRevision(
  { storage, clock }: Pick<Resource, 'storage' | 'clock'>,
  revision: number,
  { signal }: Pick<Lifetime, 'signal'>,
): Promise<void> {
  const patience = new AbortController();
  const cancel = clock.after(patienceMs, () => patience.abort());
  try {
    await storage.waitFor(revision, AbortSignal.any([signal, patience.signal]));
  } catch (err) {
    throw patience.signal.aborted ? tooLarge(revision, storage.currentRevision()) : err;
  } finally {
    cancel();
  }
}

const tooLarge = (asked: number, present: number) =>
  timedOut(`Too large resource version: ${asked}, current: ${present}`, [
    { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' },
  ]);
