import type { Storage } from '@berth/storage';
import { onEachStore, topicsOfObjects } from '@berth/storage/testing';
import { topics } from './testing/topics/index.ts';
import { createTopicBench } from './testing/topics/topic-bench.ts';
import type { TopicBench } from './testing/topics/topic-bench.ts';

/** Upstream's storage contract, the part about objects. Every registry has a watch cache between itself and the store. */
onEachStore((store, open) =>
  describe(`objects keep the storage contract on ${store}`, function () {
    this.timeout(60_000);
    let storage: Storage;
    let bench: TopicBench;
    beforeEach(async () => {
      storage = await open();
      bench = createTopicBench(storage);
    });
    afterEach(async () => {
      await bench.close();
      await storage.close();
    });

    for (const topic of topicsOfObjects) it(topic, () => topics[topic](bench));
  }),
);
