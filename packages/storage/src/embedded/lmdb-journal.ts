import { closeSync, constants, mkdirSync, openSync, readSync } from 'node:fs';
import { open } from 'lmdb';
import { UnavailableError } from '../errors.ts';
import type { Journal } from '../journal.ts';
import type { Revision } from '../storage.ts';
import { createDiskSpace } from './disk-space.ts';
import type { DiskSpace } from './disk-space.ts';
import { createGroupCommit } from './group-commit.ts';
import { lockDirectory } from './lock.ts';
import { decodeHeader, decodeValue, encodeRecord } from './record.ts';

/** Records dropped in one transaction, so that no write waits long behind a compaction. */
const dropsPerTransaction = 1_000;

/** How an lmdb file begins, behind the header of its first page. */
const magic = 0xbeefc0de;
const magicAt = 24;

/** A journal in the directory `path`: an acknowledged record survives the sudden end of the process. */
export function openLmdbJournal(path: string): Journal {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const unlock = lockDirectory(path);
  try {
    checkFile(`${path}/data.mdb`);
    return createLmdbJournal(openDatabase(path), createDiskSpace(path), unlock);
  } catch (err) {
    unlock();
    throw err;
  }
}

/** lmdb brings the process down when it opens a file that is none of its own, so that is found out before. */
function checkFile(file: string): void {
  const fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const head = Buffer.alloc(magicAt + 4);
    const length = readSync(fd, head, 0, head.length, 0);
    if (length === 0 || head.readUInt32LE(magicAt) === magic) return;
    throw new Error(`${file} is not a database`);
  } finally {
    closeSync(fd);
  }
}

function openDatabase(path: string) {
  // By default lmdb acknowledges before the data is on the disk.
  const root = open<unknown>({ path, overlappingSync: false, maxDbs: 2, encoding: 'binary' });
  const records = root.openDB<Buffer, Revision>({ name: 'records', encoding: 'binary' });
  const facts = root.openDB<number, string>({ name: 'facts', encoding: 'json' });
  return { root, records, facts };
}

function createLmdbJournal(
  { root, records, facts }: ReturnType<typeof openDatabase>,
  space: DiskSpace,
  unlock: () => void,
): Journal {
  const commits = createGroupCommit();
  let isClosing = false;
  const newest = () => [...records.getKeys({ reverse: true, limit: 1 })][0] ?? 1;
  function bytesOf(revision: Revision): Buffer {
    const bytes = records.getBinary(revision);
    if (bytes) return bytes;
    // What was acknowledged within this turn is not in the snapshot with which the turn began.
    root.resetReadTxn();
    const fresh = records.getBinary(revision);
    if (!fresh) throw new Error(`no record is kept for revision ${revision}`);
    return fresh;
  }

  const step = (run: () => Promise<unknown>) =>
    new Promise<void>((resolve, reject) => {
      commits.add({ run, settled: (error) => (error ? reject(error) : resolve()) });
    });

  return {
    get revision() {
      root.resetReadTxn();
      return Math.max(newest(), facts.get('compacted') ?? 0);
    },
    get compacted() {
      return facts.get('compacted') ?? 0;
    },
    *headers(after = 0) {
      root.resetReadTxn();
      for (const { key, value } of records.getRange({ start: after, exclusiveStart: true }))
        yield decodeHeader(key, value);
    },
    read: (revision) => decodeValue(bytesOf(revision)),
    mustTake(valueBytes, isRemoval) {
      const cause = commits.failure();
      if (cause)
        throw new UnavailableError('the disk failed; the store must be reopened', { cause });
      if (!space.hasRoomFor(valueBytes, isRemoval)) throw new UnavailableError('the disk is full');
    },
    append(record, settled) {
      const bytes = encodeRecord(record);
      const run = () => withCause(records.put(record.revision, bytes));
      commits.add({
        run,
        settled(error) {
          space.refresh();
          settled(error);
        },
      });
    },
    async compact(revision, useless) {
      await step(() => withCause(facts.put('compacted', revision)));
      for (let i = 0; i < useless.length && !isClosing; i += dropsPerTransaction) {
        const part = useless.slice(i, i + dropsPerTransaction);
        await step(() => Promise.all(part.map((gone) => withCause(records.remove(gone)))));
      }
    },
    async close() {
      isClosing = true;
      await commits.idle();
      await root.close();
      unlock();
    },
  };
}

/** lmdb tells why it failed in a promise beside the error, which ends the process when nobody looks at it. */
async function withCause(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (err) {
    const { commitError } = err as { readonly commitError?: Promise<unknown> };
    await commitError?.catch((cause: unknown) => {
      throw new Error('the database could not write', { cause });
    });
    throw err;
  }
}
