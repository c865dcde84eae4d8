import { sleep } from '@berth/component-base';
import { timedOut } from './store-errors.ts';
import type { Resource } from './resource.ts';

const patienceMs = 3000;
const stepMs = 50;

/** Waits a little until the store has reached a revision that a client has seen elsewhere; returns the one it has. */
export async function reachRevision(
  { storage, clock, prefixOf }: Pick<Resource, 'storage' | 'clock' | 'prefixOf'>,
  revision: number,
  signal?: AbortSignal,
): Promise<number> {
  for (let waited = 0; ; waited += stepMs) {
    const { revision: present } = await storage.list(prefixOf(''), { limit: 1 });
    if (present >= revision) return present;
    if (waited >= patienceMs || signal?.aborted) throw tooLarge(revision, present);
    await sleep(clock, stepMs, signal);
  }
}

const tooLarge = (asked: number, present: number) =>
  timedOut(`Too large resource version: ${asked}, current: ${present}`, [
    { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' },
  ]);
