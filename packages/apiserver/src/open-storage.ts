import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger } from '@berth/component-base';
import { createMemoryStorage, openEmbeddedStorage, openEtcdStorage } from '@berth/storage';
import type { Storage } from '@berth/storage';
import type { ApiServerFlags } from './options.ts';

type StoreFlags = Pick<
  ApiServerFlags,
  'store' | 'dataDir' | 'etcdServers' | 'etcdCafile' | 'etcdCertfile' | 'etcdKeyfile'
>;

/** The store that the flags ask for. */
export async function openStorage(
  flags: StoreFlags,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<Storage> {
  switch (flags.store) {
    case 'memory':
      return createMemoryStorage({ clock });
    case 'embedded':
      return openEmbeddedStorage({ path: join(flags.dataDir, 'store'), clock });
    case 'etcd': {
      if (flags.etcdServers.length === 0) throw new Error('--store etcd needs --etcd-servers');
      const tls = await etcdTls(flags);
      return openEtcdStorage({ servers: flags.etcdServers, clock, logger, ...(tls && { tls }) });
    }
  }
}

async function etcdTls({ etcdCafile, etcdCertfile, etcdKeyfile }: StoreFlags) {
  const read = async (path: string | undefined) => (path ? readFile(path) : undefined);
  const [ca, cert, key] = await Promise.all([etcdCafile, etcdCertfile, etcdKeyfile].map(read));
  return ca && { ca, ...(cert && { cert }), ...(key && { key }) };
}
