import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants, createSecureServer } from 'node:http2';
import type { ServerOptions } from 'node:http2';
import { createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createCa, issueClient, issueServer } from '@berth/component-base/pki';
import { startHttp2Server, startServer } from '../../testing/http2-server.ts';
import type { Answer, TestServer } from '../../testing/http2-server.ts';
import { dial } from './dial.ts';
import { encodeHeaders } from './hpack.ts';
import type { Headers } from './hpack.ts';
import type { Session } from './session.ts';

const headersFor = (path: string) =>
  encodeHeaders([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'there'],
  ]);

interface Outcome {
  readonly headers: readonly Headers[];
  readonly body: Buffer;
}

class BrokenError extends Error {
  readonly sent: boolean;
  constructor(sent: boolean, cause: Error) {
    super('broken', { cause });
    this.sent = sent;
  }
}

const ask = (session: Session, body: Uint8Array, path = '/') =>
  new Promise<Outcome>((resolve, reject) => {
    const headers: Headers[] = [];
    const pieces: Buffer[] = [];
    session.request(
      { headers: headersFor(path), body: body.length > 0 ? [body] : [], ends: true },
      {
        onHeaders: (latest) => headers.push(latest),
        onData: (piece) => pieces.push(Buffer.from(piece)),
        onEnd: () => resolve({ headers, body: Buffer.concat(pieces) }),
        onBroken: (sent, cause) => reject(new BrokenError(sent, cause)),
      },
    );
  });

const echo: Answer = (stream, body) => {
  stream.respond({ ':status': 200 }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(body);
};

describe('a connection to an HTTP/2 server', () => {
  let stop: AbortController;
  const servers: TestServer[] = [];
  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    for (const server of servers.splice(0)) await server.close();
  });

  async function serve(answer: Answer, options: ServerOptions = {}) {
    const server = await startHttp2Server(answer, options);
    servers.push(server);
    return { server, session: await dial(server.url, undefined, stop.signal) };
  }

  it('brings bodies beyond all windows there and back', async () => {
    const { session } = await serve(echo);
    const bodies = [0, 1, 65_535, 5_000_000, 5_000_000].map((size, i) =>
      Buffer.alloc(size, `${i}.`),
    );
    const outcomes = await Promise.all(bodies.map((body) => ask(session, body)));
    outcomes.forEach(({ headers, body }, i) => {
      assert.ok(body.equals(bodies[i]!));
      assert.deepEqual(
        headers.map((each) => each.get('grpc-status') ?? each.get(':status')),
        ['200', '0'],
      );
    });
    assert.equal(session.answers(), bodies.length);
  });

  it('reads all that a server can say in headers', async () => {
    const chars = Array.from({ length: 0xff - 0x20 }, (_, i) => String.fromCharCode(0x21 + i));
    // In a long text of common letters a rare one is sent in its code as well.
    const sent = Object.fromEntries(
      chars
        .filter((char) => char !== '\x7f')
        .map((char, i) => [`x-${i}`, `${'a'.repeat(40)}${char}b`]),
    );
    const { session } = await serve((stream) => {
      stream.respond(
        { ':status': 200, ...sent, 'x-long': 'l'.repeat(40_000) },
        { endStream: true },
      );
    });
    const { headers } = await ask(session, Buffer.from('x'));
    for (const [name, value] of Object.entries(sent)) assert.equal(headers[0]!.get(name), value);
    assert.equal(headers[0]!.get('x-long')?.length, 40_000);
  });

  it('keeps to how many requests the server takes at a time', async () => {
    let open = 0;
    let most = 0;
    const answer: Answer = (stream, body, nth) => {
      open += 1;
      most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        echo(stream, body, nth);
      });
    };
    const { session } = await serve(answer, { settings: { maxConcurrentStreams: 100 } });
    const outcomes = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => ask(session, Buffer.from(String(i)))),
    );
    assert.deepEqual(
      outcomes.map(({ body }) => body.toString()),
      Array.from({ length: 1_000 }, (_, i) => String(i)),
    );
    assert.ok(most <= 100);
  });

  it('tells what a server has not taken from what it has given up', async () => {
    const { session } = await serve((stream, body) => {
      const isRefused = body.toString() === 'refuse';
      stream.close(isRefused ? constants.NGHTTP2_REFUSED_STREAM : constants.NGHTTP2_INTERNAL_ERROR);
    });
    const [refused, broken] = ['refuse', 'break'].map((text) => ask(session, Buffer.from(text)));
    await assert.rejects(refused!, { sent: false });
    await assert.rejects(broken!, { sent: true });
    assert.ok(session.isOpen());
  });

  it('finishes what is under way when the server goes away, and nothing else', async () => {
    const held: (() => void)[] = [];
    const { session } = await serve((stream, body, nth) => {
      held.push(() => echo(stream, body, nth));
      if (held.length === 2) stream.session!.goaway(constants.NGHTTP2_NO_ERROR, stream.id);
    });
    const asked = ['a', 'b'].map((text) => ask(session, Buffer.from(text)));
    while (session.isOpen()) await new Promise((resolve) => setImmediate(resolve));
    await assert.rejects(ask(session, Buffer.from('c')), { sent: false });
    for (const answer of held) answer();
    assert.deepEqual(
      (await Promise.all(asked)).map(({ body }) => body.toString()),
      ['a', 'b'],
    );
  });

  it('breaks off what is under way when the server dies', async () => {
    const { server, session } = await serve(() => server.cut());
    await assert.rejects(ask(session, Buffer.from('x')), { sent: true });
    assert.ok(!session.isOpen());
  });

  it('breaks off what is under way when it is given up', async () => {
    const { session } = await serve(() => stop.abort());
    await assert.rejects(ask(session, Buffer.from('x')), { sent: true });
    assert.ok(!session.isOpen());
  });

  it('is not made where nobody listens, nobody speaks, or nobody speaks HTTP/2', async () => {
    const listener = createTcpServer((socket) => void socket.resume());
    const server = await startServer(listener);
    servers.push(server);
    const silent = dial(server.url, undefined, stop.signal);
    await once(listener, 'connection');
    stop.abort();
    await assert.rejects(silent, /given up/);
    await assert.rejects(dial(server.url, undefined, stop.signal), /given up/);

    const { signal } = new AbortController();
    listener.on('connection', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await assert.rejects(dial(server.url, undefined, signal), { name: 'ProtocolError' });
    await server.close();
    await assert.rejects(dial(server.url, undefined, signal), { code: 'ECONNREFUSED' });
  });

  describe('over TLS', () => {
    const now = Date.now();
    const validity = { notBefore: now - 60_000, notAfter: now + 3_600_000 };
    const pems = async () => {
      const ca = await createCa('ca', validity);
      return {
        ca,
        server: await issueServer(ca, 'server', ['127.0.0.1'], validity),
        client: await issueClient(ca, { commonName: 'client' }, validity),
      };
    };

    it('believes who has the right certificate, and shows its own', async () => {
      const { ca, server, client } = await pems();
      const listener = createSecureServer({
        ...{ cert: server.certPem, key: server.keyPem, ca: ca.certPem },
        ...{ requestCert: true, rejectUnauthorized: true },
      });
      const started = await startServer(listener, 'https', echo);
      servers.push(started);
      const { url } = started;
      const trusting = { ca: Buffer.from(ca.certPem) };
      const known = {
        ...trusting,
        cert: Buffer.from(client.certPem),
        key: Buffer.from(client.keyPem),
      };
      const session = await dial(url, known, stop.signal);
      const body = Buffer.alloc(3_000_000, 'tls');
      assert.ok((await ask(session, body)).body.equals(body));
      await assert.rejects(dial(url, trusting, stop.signal), Error);
      await assert.rejects(dial(url, undefined, stop.signal), Error);
    });

    it('wants a server that speaks HTTP/2', async () => {
      const { ca, server } = await pems();
      const listener = createTlsServer({ cert: server.certPem, key: server.keyPem });
      const started = await startServer(listener, 'https');
      servers.push(started);
      const dialled = dial(started.url, { ca: Buffer.from(ca.certPem) }, stop.signal);
      await assert.rejects(dialled, /does not speak HTTP\/2/);
    });
  });
});
