import type { Clock } from '@berth/component-base';
import type { EtcdTls } from '../etcd.ts';
import { encodeCallHeaders } from './grpc.ts';
import { dial } from './http2/dial.ts';
import type { Session } from './http2/session.ts';

/** A connection that can take calls. */
export interface Line {
  readonly session: Session;
  /** The headers of a call. */
  headersOf(path: string): Uint8Array;
  /** Drops the connection, and all that is under way on it. */
  drop(): void;
}

/** The connection to one server, made when it is needed. */
export interface Way {
  /** The connection, if there is one. */
  ready(): Line | undefined;
  connected(): Promise<Line>;
  close(): void;
}

/** How long a server may take to let somebody in, before another is asked. */
const connectMs = 3_000;

export function createWay(
  server: string,
  tls: EtcdTls | undefined,
  clock: Pick<Clock, 'after'>,
): Way {
  let live: Line | undefined;
  let opening: Promise<Line> | undefined;
  /** Ends the newest connection, be it open or yet to be. */
  let stop = new AbortController();
  const headers = new Map<string, Uint8Array>();

  function headersOf(path: string): Uint8Array {
    const known = headers.get(path) ?? encodeCallHeaders(server, path);
    headers.set(path, known);
    return known;
  }
  async function open(): Promise<Line> {
    const ending = new AbortController();
    stop = ending;
    const cancel = clock.after(connectMs, () => ending.abort());
    try {
      const session = await dial(server, tls, ending.signal);
      live = { session, headersOf, drop: () => ending.abort() };
      return live;
    } finally {
      cancel();
    }
  }
  const ready = () => (live?.session.isOpen() ? live : undefined);

  return {
    ready,
    async connected() {
      const found = ready();
      if (found) return found;
      opening ??= open().finally(() => (opening = undefined));
      return opening;
    },
    close: () => stop.abort(),
  };
}
