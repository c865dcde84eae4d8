import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants } from 'node:http2';
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { createServer as createTcpServer } from 'node:net';
import { systemClock } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import { startHttp2Server, startServer } from '../testing/http2-server.ts';
import type { Answer, TestServer } from '../testing/http2-server.ts';
import { CallError } from './call-error.ts';
import { encodeMessageHead } from './grpc.ts';
import { createUnaryCaller } from './unary.ts';
import type { UnaryCaller, UnaryOptions } from './unary.ts';

const bytes = (text: string) => Buffer.from(text);
const framed = (text: string) => Buffer.concat([encodeMessageHead(text.length), bytes(text)]);

function answerWith(
  stream: ServerHttp2Stream,
  body: Uint8Array,
  trailers: OutgoingHttpHeaders = { 'grpc-status': '0' },
) {
  stream.respond({ ':status': 200 }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
}
const echo: Answer = (stream, body) => answerWith(stream, body);
const fails =
  (headers: OutgoingHttpHeaders): Answer =>
  (stream) =>
    stream.respond({ ':status': 200, ...headers }, { endStream: true });
const resets =
  (code: number): Answer =>
  (stream) =>
    stream.close(code);

describe('the caller of unary calls', () => {
  const servers: TestServer[] = [];
  const callers: UnaryCaller[] = [];
  afterEach(async () => {
    for (const caller of callers.splice(0)) caller.close();
    for (const server of servers.splice(0)) await server.close();
  });

  async function serve(answer: Answer) {
    const server = await startHttp2Server(answer);
    servers.push(server);
    return server;
  }
  /** Lets everybody in and never says a word. */
  async function serveSilence() {
    const listener = createTcpServer((socket) => void socket.resume());
    const server = await startServer(listener);
    servers.push(server);
    return { url: server.url, nextConnection: () => once(listener, 'connection') };
  }
  function createCaller(urls: readonly string[], options: Partial<UnaryOptions> = {}) {
    const caller = createUnaryCaller({
      servers: urls,
      clock: systemClock,
      timeoutMs: 10_000,
      ...options,
    });
    callers.push(caller);
    return {
      call: async (text: string) =>
        Buffer.from(await caller.call('/service/Method', bytes(text))).toString(),
      close: caller.close,
    };
  }
  /** Where nobody listens. */
  async function nowhere() {
    const server = await serve(echo);
    await server.close();
    return server.url;
  }

  it('brings an answer for each message, on one connection', async () => {
    const server = await serve(echo);
    const { call } = createCaller([server.url]);
    const texts = ['', 'a', 'b'.repeat(70_000), 'c'];
    assert.deepEqual(await Promise.all(texts.map(call)), texts);
    assert.equal(await call('later'), 'later');
    assert.equal(server.connections(), 1);
  });

  it('says why a server did not do what it was asked', async () => {
    const refusal = { 'grpc-status': '9', 'grpc-message': 'too%20late, %E2%82%AC' };
    const late = await serve((stream) => answerWith(stream, bytes(''), refusal));
    const early = await serve(fails(refusal));
    const odd = await serve(fails({ 'grpc-status': '13', 'grpc-message': '100%' }));
    const told = { name: 'CallError', message: 'too late, €', code: 9, sent: true };
    await assert.rejects(createCaller([late.url]).call('x'), told);
    await assert.rejects(createCaller([early.url]).call('x'), told);
    await assert.rejects(createCaller([odd.url]).call('x'), { message: '100%', code: 13 });
  });

  it('takes no half answer for one', async () => {
    for (const answer of [
      fails({ ':status': 503 }),
      (stream) => answerWith(stream, bytes('')),
      (stream) => answerWith(stream, framed('twice').subarray(0, 7)),
      (stream) => answerWith(stream, Buffer.concat([framed('a'), framed('b')])),
      (stream) => answerWith(stream, Buffer.concat([bytes('\x01'), framed('a').subarray(1)])),
      (stream) => answerWith(stream, framed('no status'), { other: 'x' }),
    ] as readonly Answer[]) {
      const server = await serve(answer);
      const failed = createCaller([server.url]).call('x');
      await assert.rejects(failed, { name: 'CallError', code: undefined, sent: true });
    }
  });

  it('never sends again what may have been acted on', async () => {
    const [first, second] = [await serve(resets(constants.NGHTTP2_CANCEL)), await serve(echo)];
    const { call } = createCaller([first.url, second.url]);
    await assert.rejects(call('x'), { sent: true });
    assert.deepEqual([first.requests(), second.requests()], [1, 0]);

    const dying = await serve((stream) => stream.session!.destroy());
    await assert.rejects(createCaller([dying.url, second.url]).call('x'), { sent: true });
    assert.deepEqual([dying.requests(), second.requests()], [1, 0]);
  });

  it('sends again what was refused unseen, but not for ever', async () => {
    const refuse = resets(constants.NGHTTP2_REFUSED_STREAM);
    const busy = await serve((stream, body, nth) => (nth > 1 ? echo : refuse)(stream, body, nth));
    assert.equal(await createCaller([busy.url]).call('x'), 'x');
    assert.equal(busy.requests(), 2);
    const full = await serve(refuse);
    await assert.rejects(createCaller([full.url]).call('x'), { sent: false });
    assert.equal(full.requests(), 2);
  });

  it('goes to the next server when one is gone, and stays there', async () => {
    const [first, second] = [await serve(echo), await serve(echo)];
    const { call } = createCaller([await nowhere(), first.url, second.url]);
    assert.deepEqual(await Promise.all(['a', 'b'].map(call)), ['a', 'b']);
    assert.equal(await call('c'), 'c');
    assert.deepEqual([first.requests(), second.requests()], [3, 0]);
    const none = createCaller([await nowhere(), await nowhere()]).call('x');
    await assert.rejects(none, { message: 'no connection to etcd', sent: false });
  });

  it('makes a new connection when the server has gone away', async () => {
    const server = await serve((stream, body, nth) => {
      if (nth === 1) stream.session!.goaway(constants.NGHTTP2_NO_ERROR, stream.id);
      echo(stream, body, nth);
    });
    const { call } = createCaller([server.url]);
    assert.equal(await call('a'), 'a');
    assert.equal(await call('b'), 'b');
    assert.equal(server.connections(), 2);
  });

  it('asks the next server when one lets nobody in', async () => {
    const clock = createFakeClock();
    const [silent, other] = [await serveSilence(), await serve(echo)];
    const connected = silent.nextConnection();
    const answer = createCaller([silent.url, other.url], { clock }).call('x');
    await connected;
    await clock.advance(3_000);
    assert.equal(await answer, 'x');
  });

  it('ends in time, and knows that nothing was sent while there was no way', async () => {
    const clock = createFakeClock();
    const silent = await serveSilence();
    const connected = silent.nextConnection();
    const failed = createCaller([silent.url], { clock, timeoutMs: 1_000 }).call('x');
    const isTold = assert.rejects(failed, { message: 'no answer in time', sent: false });
    await connected;
    await clock.advance(1_000);
    await isTold;
  });

  it('leaves a connection on which nobody was answered for as long as a call may take', async () => {
    const clock = createFakeClock();
    let asked: () => void = () => undefined;
    const nextRequest = () => new Promise<void>((resolve) => (asked = resolve));
    const server = await serve((stream, body, nth) => {
      asked();
      if (!body.includes('silence')) echo(stream, body, nth);
    });
    const { call } = createCaller([server.url], { clock, timeoutMs: 1_000 });
    const late = { message: 'no answer in time', sent: true };

    const [seen, one] = [nextRequest(), assert.rejects(call('silence'), late)];
    await seen;
    assert.equal(await call('a'), 'a');
    await clock.advance(1_000);
    await one;
    assert.equal(await call('b'), 'b');
    assert.equal(server.connections(), 1);

    const [seenToo, two] = [nextRequest(), assert.rejects(call('silence'), late)];
    await seenToo;
    await clock.advance(500);
    const three = assert.rejects(call('silence'), { message: 'etcd broke off', sent: true });
    await clock.advance(500);
    await Promise.all([two, three]);
    assert.equal(await call('c'), 'c');
    assert.equal(server.connections(), 2);
  });

  it('breaks off what is under way when it is closed', async () => {
    const server = await serve(() => caller.close());
    const caller = createCaller([server.url]);
    await assert.rejects(caller.call('x'), (err) => err instanceof CallError && err.sent);
    await assert.rejects(caller.call('x'), { sent: false });
    assert.equal(server.requests(), 1);
  });
});
