import { systemClock } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import { createJournalStorage } from './journal-storage.ts';
import type { Journal } from './journal.ts';
import type { Revision, Storage } from './storage.ts';

export interface MemoryOptions {
  readonly clock?: Clock;
  /** Most events that are kept for watches and older lists: 10,000 unless said otherwise. */
  readonly history?: number;
}

/** A Storage that forgets everything with the process. */
export function createMemoryStorage(options: MemoryOptions = {}): Storage {
  const { clock = systemClock, history = 10_000 } = options;
  return createJournalStorage({ journal: createMemoryJournal(), clock, historyEvents: history });
}

function createMemoryJournal(): Journal {
  const values = new Map<Revision, Uint8Array>();
  return {
    revision: 1,
    compacted: 0,
    headers: () => [],
    read(revision) {
      const value = values.get(revision);
      if (!value) throw new Error(`no value is kept for revision ${revision}`);
      return value;
    },
    mustTake: () => undefined,
    append({ revision, value }, settled) {
      if (value) values.set(revision, value);
      settled();
    },
    async compact(_revision, useless) {
      for (const revision of useless) values.delete(revision);
    },
    async close() {
      values.clear();
    },
  };
}
