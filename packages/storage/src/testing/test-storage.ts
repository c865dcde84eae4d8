import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import { openEmbeddedStorage } from '../embedded.ts';
import { createMemoryStorage } from '../memory.ts';
import type { Storage } from '../storage.ts';
import type { SharedEtcd } from './shared-etcd.ts';

/** What tests run on that would run on any store: memory, unless BERTH_TEST_STORE says `etcd`. */
export const testStore: 'memory' | 'etcd' = parse(process.env['BERTH_TEST_STORE']);

function parse(text = 'memory'): 'memory' | 'etcd' {
  if (text === 'memory' || text === 'etcd') return text;
  throw new Error(`BERTH_TEST_STORE is memory or etcd, not ${text}`);
}

const etcd = testStore === 'etcd' ? await share() : undefined;

async function share(): Promise<SharedEtcd> {
  const { shareEtcd } = await import('./shared-etcd.ts');
  return shareEtcd();
}

/** URL of the etcd that tests share, if they run on one. */
export const testEtcdUrl = etcd?.url;

/** An empty store of the kind that tests run on. `clock` is what its keys live by, where that is not etcd's own. */
export const createTestStorage = ({ clock = systemClock }: { clock?: Clock } = {}): Storage =>
  etcd?.open() ?? createMemoryStorage({ clock });

/** Skips a test that memory alone can pass, for a reason that `npm test` tells. */
export function onMemoryOnly(context: Mocha.Context, reason: string): void {
  if (testStore === 'memory') return;
  Object.assign(context.runnable(), { skipReason: reason });
  context.skip();
}

/** Describes what is asked of every store: of the embedded one too, as long as tests run on memory. */
export function onEachStore(
  describeOn: (name: string, open: () => Promise<Storage>) => void,
): void {
  describeOn(testStore, async () => createTestStorage());
  if (testStore === 'memory')
    describe('on disk', () => {
      const paths: string[] = [];
      after(async () => {
        for (const path of paths) await rm(path, { recursive: true, force: true });
      });
      describeOn('the embedded store', async () => {
        const path = await mkdtemp(join(tmpdir(), 'berth-embedded-'));
        paths.push(path);
        return openEmbeddedStorage({ path, clock: systemClock });
      });
    });
}
