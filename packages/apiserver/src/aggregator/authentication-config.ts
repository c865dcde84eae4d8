import { configMaps } from '@berth/api';
import { ensure } from '../bootstrap/bootstrap.ts';
import type { Registry } from '../registry/registry.ts';

export interface FrontProxy {
  /** PEM; signs what this server shows to others. */
  readonly caPem: string;
  readonly client: { readonly certPem: string; readonly keyPem: string };
  /** The name in that certificate. */
  readonly clientName: string;
  /** PEM; signs the certificates of users. */
  readonly clientCaPem: string;
}

const list = (...values: readonly string[]) => JSON.stringify(values);

/** Tells API servers behind this one how to know it, and its users: `extension-apiserver-authentication`. */
export async function publishAuthentication(
  registry: Pick<Registry, 'store'>,
  { caPem, clientName, clientCaPem }: FrontProxy,
): Promise<void> {
  const ref = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
  const data = {
    'client-ca-file': clientCaPem,
    'requestheader-allowed-names': list(clientName),
    'requestheader-client-ca-file': caPem,
    'requestheader-extra-headers-prefix': list('X-Remote-Extra-'),
    'requestheader-group-headers': list('X-Remote-Group'),
    'requestheader-uid-headers': list('X-Remote-Uid'),
    'requestheader-username-headers': list('X-Remote-User'),
  };
  const store = registry.store(configMaps);
  await ensure(store, { metadata: ref, data });
  await store.guaranteedUpdate(ref, (current) => {
    const known = current.data ?? {};
    const isSame = Object.entries(data).every(([key, value]) => known[key] === value);
    return isSame ? current : { ...current, data: { ...known, ...data } };
  });
}
