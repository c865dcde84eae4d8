import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@berth/component-base';
import { createMemoryStorage, openEmbeddedStorage, openEtcdStorage } from '@berth/storage';
import { etcdUnavailable, startEtcd } from '@berth/storage/testing';
import type { EtcdServer } from '@berth/storage/testing';
import { describeReading } from './reading.ts';

describeReading('memory', async () => createMemoryStorage({ clock: systemClock }));

describe('on disk', () => {
  const dirs: string[] = [];
  after(async () => {
    for (const dir of dirs) await rm(dir, { recursive: true, force: true });
  });

  describeReading('the embedded store', async () => {
    const path = await mkdtemp(join(tmpdir(), 'berth-reading-'));
    dirs.push(path);
    return openEmbeddedStorage({ path, clock: systemClock });
  });
});

describe('elsewhere', () => {
  let etcd: EtcdServer | undefined;
  let opened = 0;
  before(async function () {
    const why = etcdUnavailable();
    if (why === undefined) return void (etcd = await startEtcd());
    console.log(`      skipped: ${why}`);
    this.skip();
  });
  after(() => etcd?.stop());

  describeReading('etcd', () =>
    openEtcdStorage({
      servers: [etcd!.url],
      prefix: `/reading-${(opened += 1)}`,
      clock: systemClock,
      logger: silentLogger,
    }),
  );
});
