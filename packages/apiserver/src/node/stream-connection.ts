import { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';
import { statusOf } from './command-session.ts';
import type { NodeStream } from './stream-broker.ts';

/** A port-forward of a node as an ordinary connection. */
export function streamConnection(stream: NodeStream): Duplex {
  const chunks = bytesOf(stream);
  return new Duplex({
    read() {
      chunks.next().then(
        ({ done, value }) => this.push(done ? null : value),
        (err: unknown) => this.destroy(err instanceof Error ? err : new Error(String(err))),
      );
    },
    write(data: Buffer, _encoding, done) {
      stream.send({ channel: 'STDIN', data, end: false }).then(() => done(), done);
    },
    final(done) {
      const last = { channel: 'STDIN', data: new Uint8Array(), end: true } as const;
      stream.send(last).then(() => done(), done);
    },
    destroy(err, done) {
      stream.close();
      done(err);
    },
  });
}

async function* bytesOf({ frames }: NodeStream): AsyncGenerator<Buffer, void> {
  for await (const { channel, data } of frames) {
    if (channel === 'STDOUT' && data.length > 0) yield Buffer.from(data);
    if (channel !== 'STATUS') continue;
    const { status, message = 'unknown error' } = statusOf(data);
    if (status === 'Success') return;
    throw new Error(message);
  }
  throw new Error('the node was lost');
}
