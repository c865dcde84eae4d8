import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@berth/component-base';
import { createMemoryStorage, openEmbeddedStorage, openEtcdStorage } from '@berth/storage';
import { etcdUnavailable, startEtcd } from '@berth/storage/testing';
import type { EtcdServer } from '@berth/storage/testing';
import { describeLifecycles } from './lifecycles.ts';

describeLifecycles('memory storage', async () => createMemoryStorage({ clock: systemClock }));

describe('on disk', () => {
  let path: string;
  before(async () => {
    path = await mkdtemp(join(tmpdir(), 'berth-integration-'));
  });
  after(() => rm(path, { recursive: true, force: true }));

  describeLifecycles('embedded storage', () => openEmbeddedStorage({ path, clock: systemClock }));
});

describe('elsewhere', () => {
  let etcd: EtcdServer | undefined;
  before(async function () {
    const why = etcdUnavailable();
    if (why === undefined) return void (etcd = await startEtcd());
    console.log(`      skipped: ${why}`);
    this.skip();
  });
  after(() => etcd?.stop());

  describeLifecycles('etcd', () =>
    openEtcdStorage({ servers: [etcd!.url], clock: systemClock, logger: silentLogger }),
  );
});
