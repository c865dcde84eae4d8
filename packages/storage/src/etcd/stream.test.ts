import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import { systemClock } from '@berth/component-base';
import { startServer } from '../testing/http2-server.ts';
import type { TestServer } from '../testing/http2-server.ts';
import { encodeMessageHead } from './grpc.ts';
import { createStreamCaller } from './stream.ts';
import type { StreamCaller } from './stream.ts';

const framed = (text: string) => Buffer.concat([encodeMessageHead(text.length), Buffer.from(text)]);

describe('the caller of streams', () => {
  const servers: TestServer[] = [];
  const callers: StreamCaller[] = [];
  let stop: AbortController;
  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(async () => {
    for (const caller of callers.splice(0)) caller.close();
    for (const server of servers.splice(0)) await server.close();
  });

  /** Answers with what `answer` does as soon as the first piece of the request is there. */
  async function serve(answer: (stream: ServerHttp2Stream, request: string) => void) {
    const listener = createServer();
    listener.on('stream', (stream) => {
      stream.once('data', (piece: Buffer) => {
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        answer(stream, piece.subarray(5).toString());
      });
    });
    const server = await startServer(listener);
    servers.push(server);
    return server;
  }
  function createCaller(...urls: readonly string[]) {
    const caller = createStreamCaller({ servers: urls, clock: systemClock });
    callers.push(caller);
    return (text: string, take: (text: string) => void) =>
      caller.follow(
        '/service/Method',
        Buffer.from(text),
        (message) => take(message.toString()),
        stop.signal,
      );
  }

  it('gives every message until it is told to stop, and says so to the server', async () => {
    const taken: string[] = [];
    let closed: Promise<unknown> | undefined;
    const server = await serve((stream, request) => {
      closed = once(stream, 'close');
      stream.write(Buffer.concat([framed(request), framed('b'), framed('c'.repeat(100_000))]));
    });
    await createCaller(server.url)('a', (text) => {
      taken.push(text.slice(0, 3));
      if (taken.length === 3) stop.abort();
    });
    assert.deepEqual(taken, ['a', 'b', 'ccc']);
    await closed;
  });

  it('gives nothing more once it was told to stop', async () => {
    const server = await serve((stream) => stream.write(Buffer.concat([framed('a'), framed('b')])));
    const taken: string[] = [];
    await createCaller(server.url)('x', (text) => {
      taken.push(text);
      stop.abort();
    });
    assert.deepEqual(taken, ['a']);
    await createCaller('http://127.0.0.1:1')('x', () => undefined);
  });

  it('ends with what is thrown at a message', async () => {
    const server = await serve((stream) => stream.write(Buffer.concat([framed('a'), framed('b')])));
    const taken: string[] = [];
    const following = createCaller(server.url)('x', (text) => {
      taken.push(text);
      throw new RangeError('enough');
    });
    await assert.rejects(following, RangeError);
    assert.deepEqual(taken, ['a']);
  });

  it('says how the server ended it', async () => {
    for (const [trailers, expected] of [
      [
        { 'grpc-status': '11', 'grpc-message': 'compacted' },
        { message: 'compacted', code: 11 },
      ],
      [{ 'grpc-status': '0' }, { code: 0 }],
      [{ other: 'x' }, { message: 'etcd broke off', code: undefined }],
    ] as const) {
      const server = await serve((stream) => {
        stream.on('wantTrailers', () => stream.sendTrailers(trailers));
        stream.end(framed('a'));
      });
      const following = createCaller(server.url)('x', () => undefined);
      await assert.rejects(following, { name: 'CallError', sent: true, ...expected });
    }
  });

  it('ends when the server dies, and goes to the next one then', async () => {
    const first = await serve(() => void first.close());
    const second = await serve((stream) => stream.write(framed('here')));
    const follow = createCaller(first.url, second.url);
    const broken = follow('x', () => undefined);
    await assert.rejects(broken, { name: 'CallError', message: 'etcd broke off', sent: true });
    await follow('x', (text) => {
      assert.equal(text, 'here');
      stop.abort();
    });
    const gone = await serve(() => undefined);
    await gone.close();
    stop = new AbortController();
    const none = createCaller(gone.url)('x', () => undefined);
    await assert.rejects(none, { message: 'no connection to etcd', sent: false });
  });
});
