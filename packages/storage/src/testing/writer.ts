import { writeSync } from 'node:fs';
import { systemClock } from '@berth/component-base';
import { openEmbeddedStorage } from '../embedded.ts';

/** Writes to the storage in the directory of its first argument, as 16 at once, and prints `key revision` for each. */
const storage = await openEmbeddedStorage({ path: process.argv[2] ?? '', clock: systemClock });

async function write(key: string): Promise<void> {
  for (let n = 0; ; n += 1) {
    const value = Buffer.alloc(600, n % 256);
    const { kv } = await storage.get(key);
    const next = kv
      ? await storage.update(key, value, kv.modRevision)
      : await storage.create(key, value);
    if (next) writeSync(1, `${key} ${next.modRevision}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, (_, i) => write(`/registry/pods/default/${i}`)));
