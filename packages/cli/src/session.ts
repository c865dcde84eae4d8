import type { Cluster, ConnectionFlags } from './connection.ts';
import { openCluster } from './connection.ts';
import type { Host } from './host.ts';
import { createScreen } from './screen.ts';
import type { Screen } from './screen.ts';

/** One run of one verb. */
export interface Session {
  readonly host: Host;
  readonly screen: Screen;
  /** The cluster that the flags mean; opened at the first call. */
  cluster(): Cluster;
}

export interface OpenSession extends Session {
  close(): void;
}

export function createSession(host: Host, flags: ConnectionFlags): OpenSession {
  const screen = createScreen(host);
  let cluster: Cluster | undefined;
  const warn = (text: string) => void screen.tell(`Warning: ${text}`);
  return {
    host,
    screen,
    cluster: () => (cluster ??= openCluster(host, flags, warn)),
    close: () => cluster?.close(),
  };
}
