import type { Clock } from '@berth/component-base';
import type { EtcdTls } from '../etcd.ts';
import { CallError } from './call-error.ts';
import { createWay } from './way.ts';
import type { Line } from './way.ts';

export interface WaysOptions {
  readonly servers: readonly string[];
  readonly tls?: EtcdTls;
  readonly clock: Pick<Clock, 'after'>;
}

/** Connections to the servers of which any will do: one is used until it fails, then the next. */
export interface Ways {
  /** How many servers there are. */
  readonly count: number;
  /** The connection that is used, if there is one. */
  ready(): Line | undefined;
  /** Rejects with a `CallError` when no server lets us in. */
  connected(): Promise<Line>;
  close(): void;
}

export function createWays({ servers, tls, clock }: WaysOptions): Ways {
  const ways = servers.map((server) => createWay(server, tls, clock));
  let preferred = 0;
  let closed = false;

  return {
    count: ways.length,
    ready: () => ways[preferred]!.ready(),
    async connected() {
      const failures: unknown[] = [];
      const first = preferred;
      for (let i = 0; i < ways.length && !closed; i += 1) {
        const at = (first + i) % ways.length;
        try {
          const found = await ways[at]!.connected();
          preferred = at;
          return found;
        } catch (err) {
          failures.push(err);
        }
      }
      throw new CallError('no connection to etcd', { sent: false, cause: failures.at(-1) });
    },
    close() {
      closed = true;
      for (const way of ways) way.close();
    },
  };
}
