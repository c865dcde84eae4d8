import type { ConfigMap, Draft, Namespace, ServiceAccount } from '@berth/api';

export const defaultAccount = 'default';
export const rootCaName = 'kube-root-ca.crt';

const description = {
  'kubernetes.io/description':
    'Holds the certificate of the authority that signs for this cluster, so that pods can check the API server.',
};

export interface Observed {
  readonly namespace: Namespace;
  readonly account: ServiceAccount | undefined;
  readonly rootCaMap: ConfigMap | undefined;
  /** PEM. */
  readonly rootCa: string;
}

export interface FurniturePlan {
  readonly createAccount: boolean;
  readonly rootCaMap?:
    | { readonly kind: 'create'; readonly draft: Draft<ConfigMap> }
    | { readonly kind: 'update'; readonly next: ConfigMap };
}

/** What a namespace lacks of what every namespace has. One that is on its way out lacks nothing. */
export function planNamespaceFurniture(observed: Observed): FurniturePlan {
  const { namespace, account, rootCaMap, rootCa } = observed;
  if (namespace.metadata.deletionTimestamp || namespace.status?.phase === 'Terminating') {
    return { createAccount: false };
  }
  const createAccount = account === undefined;
  const data = { 'ca.crt': rootCa };
  if (!rootCaMap) {
    const metadata = {
      namespace: namespace.metadata.name,
      name: rootCaName,
      annotations: description,
    };
    return { createAccount, rootCaMap: { kind: 'create', draft: { metadata, data } } };
  }
  const intact = rootCaMap.data?.['ca.crt'] === rootCa && Object.keys(rootCaMap.data).length === 1;
  return intact
    ? { createAccount }
    : { createAccount, rootCaMap: { kind: 'update', next: { ...rootCaMap, data } } };
}
