import { join } from 'node:path';
import type { Clock } from '@berth/component-base';
import { createMemoryStorage, openEmbeddedStorage } from '@berth/storage';
import type { Storage } from '@berth/storage';
import type { ApiServerFlags } from './options.ts';

type StoreFlags = Pick<
  ApiServerFlags,
  'store' | 'dataDir' | 'etcdServers' | 'etcdCafile' | 'etcdCertfile' | 'etcdKeyfile'
>;

/** The store that the flags ask for. */
export async function openStorage(
  flags: StoreFlags,
  { clock }: { readonly clock: Clock },
): Promise<Storage> {
  switch (flags.store) {
    case 'memory':
      return createMemoryStorage({ clock });
    case 'embedded':
      return openEmbeddedStorage({ path: join(flags.dataDir, 'store'), clock });
    case 'etcd':
      throw new Error('--store etcd is not available');
  }
}
