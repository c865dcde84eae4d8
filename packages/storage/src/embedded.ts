import type { Clock } from '@berth/component-base';
import { createJournalStorage } from './journal-storage.ts';
import type { Storage } from './storage.ts';

export interface EmbeddedOptions {
  /** A directory of its own; made when it does not exist. */
  readonly path: string;
  readonly clock: Clock;
  /** Most events that are kept for watches and older lists: 50,000 unless said otherwise. */
  readonly historyEvents?: number;
  /** How often events are dropped that were there the time before: 5 minutes unless said otherwise, as upstream. */
  readonly compactEveryMs?: number;
}

/**
 * A Storage in a directory of this machine. An acknowledged write survives the sudden end of the process, history
 * survives a restart, and revisions never go back. One process at a time: throws when another has the directory.
 */
export async function openEmbeddedStorage(options: EmbeddedOptions): Promise<Storage> {
  const { path, clock, historyEvents = 50_000, compactEveryMs = 5 * 60_000 } = options;
  // Loaded on demand: the other stores work where no native module does.
  const { openLmdbJournal } = await import('./embedded/lmdb-journal.ts');
  return createJournalStorage({
    journal: openLmdbJournal(path),
    clock,
    historyEvents,
    historyMs: compactEveryMs,
  });
}
