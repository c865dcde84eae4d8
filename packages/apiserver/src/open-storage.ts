import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger } from '@berth/component-base';
import {
  createMemoryStorage,
  createTransformedStorage,
  openEmbeddedStorage,
  openEtcdStorage,
} from '@berth/storage';
import type { Storage } from '@berth/storage';
import { parseEncryptionConfig } from './encryption/encryption-config.ts';
import type { ApiServerFlags } from './options.ts';

type StoreFlags = Pick<
  ApiServerFlags,
  | 'store'
  | 'dataDir'
  | 'encryptionProviderConfig'
  | 'etcdServers'
  | 'etcdCafile'
  | 'etcdCertfile'
  | 'etcdKeyfile'
>;

/** The store that the flags ask for, with the values of some resources encrypted if they say so. */
export async function openStorage(
  flags: StoreFlags,
  context: { readonly clock: Clock; readonly logger: Logger },
): Promise<Storage> {
  const { encryptionProviderConfig: path } = flags;
  if (!path) return openPlainStorage(flags, context);
  // A file that cannot be read must be noticed before anything is opened.
  const transform = parseEncryptionConfig(await readFile(path, 'utf8'), randomBytes);
  return createTransformedStorage(await openPlainStorage(flags, context), transform);
}

async function openPlainStorage(
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
