import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@berth/component-base';
import { createMemoryStorage, openEmbeddedStorage, openEtcdStorage } from '@berth/storage';
import type { Storage } from '@berth/storage';
import { etcdUnavailable, startEtcd, topicsOfObjects } from '@berth/storage/testing';
import type { EtcdServer } from '@berth/storage/testing';
import { topics } from './testing/topics/index.ts';
import { createTopicBench } from './testing/topics/topic-bench.ts';
import type { TopicBench } from './testing/topics/topic-bench.ts';

/** Upstream's storage contract, the part about objects. Every registry has a watch cache between itself and the store. */
describe('objects keep the storage contract', function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), 'berth-topics-'));
  let etcd: EtcdServer | undefined;
  let opened = 0;
  after(async () => {
    rmSync(dir, { recursive: true, force: true });
    await etcd?.stop();
  });

  const stores: Readonly<Record<string, () => Promise<Storage>>> = {
    memory: () => Promise.resolve(createMemoryStorage({ clock: systemClock })),
    embedded: () =>
      openEmbeddedStorage({ path: join(dir, String((opened += 1))), clock: systemClock }),
    async etcd() {
      etcd ??= await startEtcd();
      return openEtcdStorage({
        servers: [etcd.url],
        prefix: `/test-${(opened += 1)}`,
        clock: systemClock,
        logger: silentLogger,
      });
    },
  };

  for (const [name, open] of Object.entries(stores))
    describe(`on ${name}`, () => {
      let storage: Storage;
      let bench: TopicBench;
      before(function () {
        const reason = name === 'etcd' ? etcdUnavailable() : undefined;
        if (reason === undefined) return;
        console.log(`      skipped: ${reason}`);
        this.skip();
      });
      beforeEach(async () => {
        storage = await open();
        bench = createTopicBench(storage);
      });
      afterEach(async () => {
        await bench.close();
        await storage.close();
      });

      for (const topic of topicsOfObjects) it(topic, () => topics[topic](bench));
    });
});
