import { serviceUnavailable } from '@berth/api';
import { createPipe } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type {
  Frame,
  NodeCalls,
  PeerFrame,
  ReachResponse,
} from '@berth/component-base/node-protocol';
import { notConnected } from '../stream-broker.ts';
import type { NodeStream, NodeStreams, StreamBroker, WantedStream } from '../stream-broker.ts';
import type { PeerLeases } from './peer-leases.ts';

export interface PeerStreamsOptions {
  /** The nodes of this server. */
  readonly broker: Pick<StreamBroker, 'isConnected' | 'open' | 'mustReach'>;
  readonly leases: Pick<PeerLeases, 'others'>;
  /** Calls the server at `host:port`; connects when the first call is made. */
  readonly connect: (endpoint: string) => Promise<NodeCalls>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The nodes of all API servers on one store. */
export interface PeerStreams extends NodeStreams {
  /** Leaves the other servers alone from now on. */
  close(): Promise<void>;
}

/** Opens streams on the nodes of this server, and on those of other servers through these. */
export function createPeerStreams({
  broker,
  leases,
  connect,
  clock,
  logger,
}: PeerStreamsOptions): PeerStreams {
  const connections = new Map<string, Promise<NodeCalls>>();
  const callsTo = (endpoint: string) => {
    const calls = connections.get(endpoint) ?? connect(endpoint);
    connections.set(endpoint, calls);
    return calls;
  };
  const drop = (endpoint: string) => {
    void connections.get(endpoint)?.then((calls) => calls.close());
    connections.delete(endpoint);
  };

  /** The server that the node is connected to now: a node may have moved since it was last asked for. */
  const serverOf = async (nodeName: string, signal?: AbortSignal): Promise<NodeCalls> => {
    const endpoints = await leases.others();
    for (const known of connections.keys()) if (!endpoints.includes(known)) drop(known);
    const answers = endpoints.map(async (endpoint) => {
      const calls = await callsTo(endpoint);
      const options = { deadline: clock.now() + reachMs, ...(signal && { signal }) };
      const { connected } = await calls.unary<ReachResponse>('Reach', { nodeName }, options);
      if (!connected) throw new Error('not here');
      return calls;
    });
    return Promise.any(answers).catch((err: unknown) => {
      logger.debug('No other API server has the node', { nodeName, err });
      throw notConnected(nodeName);
    });
  };

  return {
    async mustReach(nodeName) {
      if (!broker.isConnected(nodeName)) await serverOf(nodeName);
    },
    async open(nodeName, wanted, signal) {
      if (broker.isConnected(nodeName)) return broker.open(nodeName, wanted, signal);
      return openThrough(await serverOf(nodeName, signal), nodeName, wanted, signal);
    },
    async close() {
      for (const endpoint of [...connections.keys()]) drop(endpoint);
    },
  };
}

/** A server that lives answers at once. */
const reachMs = 3_000;

async function openThrough(
  calls: NodeCalls,
  nodeName: string,
  wanted: WantedStream,
  signal: AbortSignal,
): Promise<NodeStream> {
  const outgoing = createPipe<PeerFrame>();
  const close = () => outgoing.end();
  void outgoing.write({ wanted: { nodeName, request: { id: '', ...wanted } } });
  const frames = calls.bidi<Frame>('Open', outgoing.items, { signal })[Symbol.asyncIterator]();
  const taken = await frames.next().catch((err: unknown) => {
    close();
    throw serviceUnavailable(
      `node ${JSON.stringify(nodeName)} did not take the stream: ${err instanceof Error ? err.message : String(err)}`,
    );
  });
  if (taken.done) throw notConnected(nodeName);
  signal.addEventListener('abort', close, { once: true });
  async function* read(): AsyncIterable<Frame> {
    try {
      for (let next = await frames.next(); !next.done; next = await frames.next()) yield next.value;
    } finally {
      signal.removeEventListener('abort', close);
      close();
      await frames.return?.();
    }
  }
  return { frames: read(), send: (frame) => outgoing.write({ frame }), close };
}
