import type { Clock } from '@berth/component-base';
import type { Session } from './http2/session.ts';

interface Connection {
  readonly session: Pick<Session, 'ping'>;
  drop(): void;
}

/**
 * Drops connections whose servers do not answer pings any more. Each is asked as long as somebody holds it, which ends
 * with what is given back: who waits for events would hear nothing of a server that is gone without a word.
 */
export type Hold = (connection: Connection) => () => void;

/** Etcd takes more than one ping in 5 s on a connection for an attack, and any when nothing is under way. */
const everyMs = 10_000;
const withinMs = 5_000;

export function createKeeper(clock: Pick<Clock, 'after'>): Hold {
  const held = new Map<Connection, { holders: number; readonly stop: () => void }>();

  return (connection) => {
    const known = held.get(connection) ?? { holders: 0, stop: keepAsking(connection, clock) };
    known.holders += 1;
    held.set(connection, known);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      known.holders -= 1;
      if (known.holders > 0) return;
      known.stop();
      held.delete(connection);
    };
  };
}

function keepAsking({ session, drop }: Connection, clock: Pick<Clock, 'after'>): () => void {
  let isOver = false;
  let cancel = clock.after(everyMs, ask);
  function ask() {
    cancel = clock.after(withinMs, drop);
    session.ping(() => {
      cancel();
      if (!isOver) cancel = clock.after(everyMs, ask);
    });
  }
  return () => {
    isOver = true;
    cancel();
  };
}
