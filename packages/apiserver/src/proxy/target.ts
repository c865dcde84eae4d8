import type { Duplex } from 'node:stream';

/** Where bytes can be sent to. */
export type Address =
  /** Through the node that runs the pod, when it is connected. */
  | {
      readonly kind: 'pod';
      readonly nodeName: string;
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
      readonly ip: string;
      readonly port: number;
    }
  | { readonly kind: 'host'; readonly host: string; readonly port: number };

/** How a server behind TLS is believed, and what is shown to it. */
interface TargetTls {
  /** PEM; what the machine believes when absent. */
  readonly ca?: string;
  /** Takes any certificate. */
  readonly insecure?: boolean;
  /** Whose certificate it has to be. */
  readonly serverName?: string;
  /** What we show when asked, PEM. */
  readonly client?: { readonly certPem: string; readonly keyPem: string };
}

/** A server that requests are passed on to. */
export interface Target {
  readonly scheme: 'http' | 'https';
  /** `host:port`, as it would stand in a URL. */
  readonly host: string;
  readonly address: Address;
  /** Any certificate is taken when absent. */
  readonly tls?: TargetTls;
}

/** Opens a connection; rejects when nobody is there. Closed when `signal` aborts. */
export type Dial = (address: Address, signal: AbortSignal) => Promise<Duplex>;

export function hostOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
