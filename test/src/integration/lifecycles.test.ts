import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@berth/component-base';
import { createMemoryStorage, openEmbeddedStorage } from '@berth/storage';
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
