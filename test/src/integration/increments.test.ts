import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApiServer } from '@berth/apiserver/testing';
import { systemClock } from '@berth/component-base';
import { createMemoryStorage, openEmbeddedStorage } from '@berth/storage';
import type { Storage } from '@berth/storage';
import { countTogether } from '../hostile/counting.ts';

const clients = 50;
const increments = 2;

describe('counting together', function () {
  this.timeout(120_000);
  const stores: Readonly<Record<string, (path: string) => Promise<Storage>>> = {
    memory: async () => createMemoryStorage({ clock: systemClock }),
    'the embedded store': (path) => openEmbeddedStorage({ path, clock: systemClock }),
  };
  for (const [store, open] of Object.entries(stores))
    for (const way of ['an update', 'an apply'] as const)
      it(`loses nothing with ${way}, on ${store}`, async () => {
        const dir = await mkdtemp(join(tmpdir(), 'berth-count-'));
        const storage = await open(join(dir, 'store'));
        const server = await startApiServer({ storage });
        try {
          const count = await countTogether(server.transport, { clients, increments, way });
          assert.equal(count, clients * increments);
        } finally {
          await server.close();
          await storage.close();
          await rm(dir, { recursive: true, force: true });
        }
      });
});
