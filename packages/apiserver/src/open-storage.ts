import { join } from 'node:path';
import type { Clock } from '@berth/component-base';
import { createMemoryStorage, openEmbeddedStorage } from '@berth/storage';
import type { Storage } from '@berth/storage';
import type { ApiServerFlags } from './options.ts';

/** The store that the flags ask for. */
export function openStorage(
  { store, dataDir }: Pick<ApiServerFlags, 'store' | 'dataDir'>,
  clock: Clock,
): Promise<Storage> {
  switch (store) {
    case 'memory':
      return Promise.resolve(createMemoryStorage({ clock }));
    case 'embedded':
      return openEmbeddedStorage({ path: join(dataDir, 'store'), clock });
    case 'etcd':
      throw new Error('etcd');
  }
}
