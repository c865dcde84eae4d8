import { silentLogger, systemClock } from '@berth/component-base';
import { createEtcdStorage } from '../etcd/etcd-storage.ts';
import type { Storage } from '../storage.ts';
import { etcdUnavailable, startEtcd } from './etcd-server.ts';

export interface SharedEtcd {
  readonly url: string;
  /** A store of its own, empty, below a prefix that nobody else has. */
  open(): Storage;
}

/**
 * One etcd for all test files of this process, from when mocha loads them until all have run. What a test opens is closed
 * after it, and what was opened around tests after the last: tests of memory need not close what they open.
 */
export async function shareEtcd(): Promise<SharedEtcd> {
  const why = etcdUnavailable();
  if (why !== undefined) throw new Error(why);
  const server = await startEtcd();
  // Whatever etcd leaves is removed as this process exits, which a signal alone does not make it do.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
  let opened = 0;
  const around: Storage[] = [];
  const ofTest: Storage[] = [];
  let inTest = false;
  const closeAll = async (storages: Storage[]) => {
    await Promise.all(storages.splice(0).map((storage) => storage.close()));
  };

  beforeEach(() => {
    inTest = true;
  });
  afterEach(async () => {
    inTest = false;
    await closeAll(ofTest);
  });
  after(async () => {
    await closeAll(around);
    await server.stop();
  });

  return {
    url: server.url,
    open() {
      const storage = createEtcdStorage({
        servers: [server.url],
        prefix: `/test-${(opened += 1)}`,
        clock: systemClock,
        logger: silentLogger,
        // It would forget what another test is about to ask for.
        compactEveryMs: 0,
      });
      (inTest ? ofTest : around).push(storage);
      return storage;
    },
  };
}
