import { connect as connectTcp, isIP } from 'node:net';
import type { Socket, TcpSocketConnectOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { EtcdTls } from '../../etcd.ts';
import { createOutbox } from './outbox.ts';
import { createSession } from './session.ts';
import type { Session } from './session.ts';

const readBytes = 64 * 1024;

/**
 * Connects to an `http://` or `https://` URL. Resolves once the server has agreed to how it is spoken to. When `signal`
 * aborts the connection is gone at once.
 */
export function dial(
  server: string,
  tls: EtcdTls | undefined,
  signal: AbortSignal,
): Promise<Session> {
  return new Promise((resolve, reject) => {
    let why: Error | undefined;
    let session: Session | undefined;
    // One buffer for all that is read: whoever keeps something copies it.
    const onread = {
      buffer: Buffer.allocUnsafeSlow(readBytes),
      callback: (size: number, buffer: Uint8Array) => {
        session?.receive(Buffer.from(buffer.buffer, buffer.byteOffset, size));
        return true;
      },
    };
    const { socket, greeting } = open(server, tls, { onread });

    const end = (cause: Error) => {
      signal.removeEventListener('abort', stop);
      session?.end(cause);
      socket.destroy();
      reject(cause);
    };
    const stop = () => end(new Error(`the connection to ${server} was given up`));
    socket.setNoDelay(true);
    socket.on('error', (err) => {
      why = err;
    });
    socket.once('close', () => end(why ?? new Error(`${server} closed the connection`)));
    socket.once(greeting, () => {
      if ('alpnProtocol' in socket && socket.alpnProtocol !== 'h2')
        return end(new Error(`${server} does not speak HTTP/2`));
      const outbox = createOutbox((bytes, done) => socket.write(bytes, done));
      session = createSession({
        write: outbox.write,
        onReady: () => resolve(session!),
        onOver(cause) {
          why ??= cause;
          outbox.flush();
          socket.destroySoon();
        },
      });
    });
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
}

function open(
  server: string,
  tls: EtcdTls | undefined,
  reading: Pick<TcpSocketConnectOpts, 'onread'>,
): { readonly socket: Socket; readonly greeting: 'connect' | 'secureConnect' } {
  const { protocol, hostname, port } = new URL(server);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (protocol === 'http:')
    return {
      socket: connectTcp({ ...reading, host, port: Number(port || 80) }),
      greeting: 'connect',
    };
  const options = { ...tls, ...reading, host, port: Number(port || 443), ALPNProtocols: ['h2'] };
  return {
    socket: connectTls({ ...options, ...(isIP(host) === 0 && { servername: host }) }),
    greeting: 'secureConnect',
  };
}
