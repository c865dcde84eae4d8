import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { NodeStreams } from '../node/stream-broker.ts';
import { streamConnection } from '../node/stream-connection.ts';
import type { Dial } from './target.ts';

/** Opens a TCP connection. */
export type Connect = (host: string, port: number, signal: AbortSignal) => Promise<Duplex>;

export interface DialOptions {
  /** How to reach into pods whose addresses this machine may not know. */
  readonly streams?: NodeStreams | undefined;
  readonly connect?: Connect | undefined;
}

/** Pods are reached through their node when it is connected, everything else over the network. */
export const createDial =
  ({ streams, connect: open = connectTcp }: DialOptions): Dial =>
  async (address, signal) => {
    if (address.kind === 'host') return open(address.host, address.port, signal);
    const { nodeName, namespace, name, uid, ip, port } = address;
    if (!streams || !(await isConnected(streams, nodeName))) return open(ip, port, signal);
    const wanted = { namespace, pod: name, podUid: uid, container: '', portForward: { port } };
    return streamConnection(await streams.open(nodeName, wanted, signal));
  };

const isConnected = (streams: NodeStreams, nodeName: string): Promise<boolean> =>
  streams.mustReach(nodeName).then(
    () => true,
    () => false,
  );

/** Whoever does not answer in this time is not there. */
const connectMs = 30_000;

const connectTcp: Connect = (host, port, signal) =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const giveUp = () => socket.destroy(new Error('gave up'));
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', giveUp));
    socket.setTimeout(connectMs, () => {
      socket.destroy(new Error(`dial tcp ${host}:${port}: i/o timeout`));
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      resolve(socket);
    });
  });
