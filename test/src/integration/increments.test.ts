import assert from 'node:assert/strict';
import { startApiServer } from '@berth/apiserver/testing';
import { onEachStore } from '@berth/storage/testing';
import { countTogether } from '../hostile/counting.ts';

const clients = 50;
const increments = 2;

onEachStore((store, open) =>
  describe(`counting together on ${store}`, function () {
    this.timeout(120_000);
    for (const way of ['an update', 'an apply'] as const)
      it(`loses nothing with ${way}`, async () => {
        const storage = await open();
        const server = await startApiServer({ storage });
        try {
          const count = await countTogether(server.transport, { clients, increments, way });
          assert.equal(count, clients * increments);
        } finally {
          await server.close();
          await storage.close();
        }
      });
  }),
);
