import { serviceUnavailable } from '@berth/api';
import { createPipe } from '@berth/component-base';
import type { Clock, Pipe } from '@berth/component-base';
import type { Frame, StreamRequest } from '@berth/component-base/node-protocol';

/** One byte stream with a node. */
export interface NodeStream {
  /** What the node sends. Ends without a STATUS frame when the node was lost. Leaving the loop closes the stream. */
  readonly frames: AsyncIterable<Frame>;
  /** Resolves when the node can take more. */
  send(frame: Frame): Promise<void>;
  /** Tells the node that nobody is interested any more. */
  close(): void;
}

export type WantedStream = Omit<StreamRequest, 'id'>;

/** Opens byte streams on nodes, which is what logs, exec, attach and port-forward are made of. */
export interface NodeStreams {
  /** Throws `StatusError` when the node is not connected or does not answer. The stream is closed when `signal` aborts. */
  open(nodeName: string, wanted: WantedStream, signal: AbortSignal): Promise<NodeStream>;
  /** Rejects with a `StatusError` when the node is not connected. */
  mustReach(nodeName: string): Promise<void>;
}

/** Brings together who wants a stream and the node that dials in to carry it. */
export interface StreamBroker extends NodeStreams {
  /** Whether the node has dialled in here. */
  isConnected(nodeName: string): boolean;
  /** What is wanted of a node, until `signal` aborts or the node asks anew. */
  wanted(nodeName: string, signal: AbortSignal): AsyncIterable<StreamRequest>;
  /** A node carries a stream: takes its frames, gives ours. Undefined when nobody wants it (any more). */
  carry(
    nodeName: string,
    streamId: string,
    frames: AsyncIterable<Frame>,
  ): AsyncIterable<Frame> | undefined;
}

export interface StreamBrokerOptions {
  readonly clock: Clock;
  /** Unguessable. */
  readonly newId: () => string;
}

interface Waiting {
  readonly nodeName: string;
  readonly taken: (frames: AsyncIterable<Frame>) => AsyncIterable<Frame>;
}

/** A connected node answers within a moment, or not at all. */
const answerMs = 10_000;

export function createStreamBroker({ clock, newId }: StreamBrokerOptions): StreamBroker {
  const nodes = new Map<string, Pipe<StreamRequest>>();
  const waiting = new Map<string, Waiting>();

  const reach = (nodeName: string) => {
    const node = nodes.get(nodeName);
    if (node) return node;
    throw notConnected(nodeName);
  };

  return {
    isConnected: (nodeName) => nodes.has(nodeName),
    async mustReach(nodeName) {
      reach(nodeName);
    },

    async open(nodeName, wanted, signal) {
      const node = reach(nodeName);
      const id = newId();
      return new Promise<NodeStream>((resolve, reject) => {
        const settle = () => {
          cancel();
          signal.removeEventListener('abort', giveUp);
          waiting.delete(id);
        };
        const giveUp = () => {
          settle();
          reject(
            serviceUnavailable(`node ${JSON.stringify(nodeName)} did not take the stream in time`),
          );
        };
        const cancel = clock.after(answerMs, giveUp);
        signal.addEventListener('abort', giveUp, { once: true });
        waiting.set(id, {
          nodeName,
          taken(frames) {
            settle();
            const outgoing = createPipe<Frame>();
            resolve(streamOf(frames, outgoing, signal));
            return outgoing.items;
          },
        });
        if (signal.aborted) giveUp();
        else void node.write({ ...wanted, id });
      });
    },

    async *wanted(nodeName, signal) {
      const requests = createPipe<StreamRequest>();
      nodes.get(nodeName)?.end();
      nodes.set(nodeName, requests);
      const end = () => requests.end();
      signal.addEventListener('abort', end, { once: true });
      try {
        if (!signal.aborted) yield* requests.items;
      } finally {
        signal.removeEventListener('abort', end);
        if (nodes.get(nodeName) === requests) nodes.delete(nodeName);
      }
    },

    carry(nodeName, streamId, frames) {
      const found = waiting.get(streamId);
      return found?.nodeName === nodeName ? found.taken(frames) : undefined;
    },
  };
}

/** What clients hear of a node that has not dialled in. */
export const notConnected = (nodeName: string) =>
  serviceUnavailable(`node ${JSON.stringify(nodeName)} is not connected to the control plane`);

function streamOf(
  incoming: AsyncIterable<Frame>,
  outgoing: Pipe<Frame>,
  signal: AbortSignal,
): NodeStream {
  const close = () => outgoing.end();
  signal.addEventListener('abort', close, { once: true });
  async function* read(): AsyncIterable<Frame> {
    try {
      yield* incoming;
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
  }
  return { frames: read(), send: (frame) => outgoing.write(frame), close };
}
