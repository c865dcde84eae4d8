import type { Clock, Logger } from '@berth/component-base';
import type { Storage } from './storage.ts';

export interface EtcdTls {
  /** PEM of the authorities that etcd's certificate is checked against. */
  readonly ca: Buffer;
  /** PEM of the certificate and key that are shown to etcd. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export interface EtcdOptions {
  /** `http://` or `https://` URLs of the members. */
  readonly servers: readonly string[];
  readonly tls?: EtcdTls;
  /** Put before every key, so that several clusters can share one etcd: nothing unless said otherwise. */
  readonly prefix?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Longest time that one call may take: 10 seconds unless said otherwise. */
  readonly timeoutMs?: number;
  /** How long a lost watch is sought before its watchers are told: 10 seconds unless said otherwise. */
  readonly giveUpAfterMs?: number;
  /** Most events that are kept for watchers that lag: 4,000 unless said otherwise. */
  readonly history?: number;
  /** How often etcd is compacted to where it was the time before: 5 minutes unless said otherwise, 0 for never. */
  readonly compactEveryMs?: number;
}

/** A Storage on etcd 3.4 or newer, laid out so that a kube-apiserver could read it. */
export async function openEtcdStorage(options: EtcdOptions): Promise<Storage> {
  // Loaded on demand: the client costs a quarter of a second and memory, which the embedded store can do without.
  const { createEtcdStorage } = await import('./etcd/etcd-storage.ts');
  return createEtcdStorage(options);
}
