import type { ApiResponse } from '@berth/api';
import type { Client, Dispatcher } from 'undici';
import { createExchange } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { createFifo } from './fifo.ts';

/** A few connections on which requests are sent without waiting for the answers to those before. */
export interface Lanes {
  send(request: Dispatcher.DispatchOptions): Promise<ApiResponse>;
  destroy(): void;
}

export interface LanesOptions {
  /** One connection each. */
  readonly clients: readonly Client[];
  /** A connection has gone; who is there next may be somebody else. */
  readonly onDisconnect: () => void;
}

export function createLanes({ clients, onDisconnect }: LanesOptions): Lanes {
  const lanes = clients.map((client) => createLane(client, onDisconnect));
  return {
    send(request) {
      const fewest = lanes.reduce((a, b) => (b.waiting() < a.waiting() ? b : a));
      return fewest.send(request);
    },
    destroy: () => lanes.forEach((lane) => lane.destroy()),
  };
}

interface Lane extends Lanes {
  waiting(): number;
}

function createLane(client: Client, onDisconnect: () => void): Lane {
  /** In the order in which they are sent and answered. A set would keep what has gone alive in its outgrown tables. */
  const line = createFifo<Exchange>();
  client.on('disconnect', (_origin, _targets, cause) => {
    onDisconnect();
    // The client would send them once more. What it has not sent yet is behind them and stays.
    for (let next = line.peek(); next?.isSent(); next = line.peek()) next.lost(cause);
  });
  const leave = () => {
    while (line.peek()?.isOver()) line.shift();
  };
  return {
    send(request) {
      const exchange = createExchange({ onEnd: leave });
      line.push(exchange);
      client.dispatch({ ...request, idempotent: true }, exchange.handler);
      return exchange.answer;
    },
    waiting: () => line.size,
    destroy: () => void client.destroy(),
  };
}
