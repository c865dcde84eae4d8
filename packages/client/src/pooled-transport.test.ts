import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { ApiRequest, Transport } from '@berth/api';
import { createCa, issueClient, issueServer } from '@berth/component-base/pki';
import type { KeyPair } from '@berth/component-base/pki';
import type { Connection, HttpsTransport } from './https-transport.ts';
import { createPooledTransport } from './pooled-transport.ts';
import type { PooledTransportOptions } from './pooled-transport.ts';
import { textOf } from './rest-client.ts';

const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
const ours = 'v1.36.0+berth.0.1.0';
const foreign = 'v1.36.0';
const post = (path: string): ApiRequest => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ path })),
});
const all: PooledTransportOptions = { mayPipeline: () => true };

/** A request that a server has in its hands. */
interface Held {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly body: string;
  answer(text?: string, headers?: Readonly<Record<string, string>>): void;
}

describe('createPooledTransport', function () {
  this.timeout(20_000);
  let ca: KeyPair;
  let certificate: KeyPair;
  let identity: KeyPair;
  const ends: (() => void)[] = [];
  before(async () => {
    ca = await createCa('test-ca', validity);
    certificate = await issueServer(ca, 'kubernetes', ['localhost', '127.0.0.1', '::1'], validity);
    identity = await issueClient(ca, { commonName: 'jane', organizations: [] }, validity);
  });
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  /** Answers `/version` at once, and holds what else comes until the test answers it. */
  async function serve(gitVersion: string, host = '127.0.0.1') {
    const held: Held[] = [];
    const sockets = new Set<Socket>();
    const arrived = createSignal();
    const handle = (request: IncomingMessage, response: ServerResponse) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        if (request.url === '/version') return void response.end(JSON.stringify({ gitVersion }));
        held.push({
          ...{ request, body, socket: request.socket },
          answer: (text = body, headers = {}) => response.writeHead(201, headers).end(text),
        });
        arrived.tell();
      });
    };
    const options = { cert: certificate.certPem, key: certificate.keyPem, ca: ca.certPem };
    const server: Server = createServer({
      ...options,
      requestCert: true,
      rejectUnauthorized: false,
    });
    server.on('request', handle);
    server.on('secureConnection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;
    const stop = () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    };
    ends.push(stop);
    return {
      ...{ held, sockets, port, stop },
      url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      /** Resolves when so many requests have come in all. */
      async has(count: number): Promise<void> {
        while (held.length < count) await arrived.next();
      },
    };
  }

  async function open(
    connection: Connection,
    options: PooledTransportOptions = {},
  ): Promise<Transport> {
    const { transport, close }: HttpsTransport = await createPooledTransport(
      { ca: ca.certPem, ...connection },
      options,
    );
    ends.push(close);
    return transport;
  }

  /** Asks until the transport knows whom it speaks to; what it asked with is answered. */
  async function acquaint(server: Awaited<ReturnType<typeof serve>>, transport: Transport) {
    const first = transport(post('/first'));
    await server.has(1);
    server.held[0]!.answer();
    await first;
  }

  it('sends what is asked, and gives the answer back', async () => {
    const server = await serve(ours);
    let token = 'one';
    const transport = await open({
      ...{ server: `${server.url}/some/prefix/`, token: () => token },
      ...{ cert: identity.certPem, key: identity.keyPem },
    });
    const asked = transport(post('/api/v1/pods?x=1'));
    await server.has(1);
    const { request, body, answer } = server.held[0]!;
    assert.equal(`${request.method} ${request.url}`, 'POST /some/prefix/api/v1/pods?x=1');
    assert.equal(request.headers.authorization, 'Bearer one');
    assert.equal(request.headers.host, `127.0.0.1:${server.port}`);
    assert.equal(body, '{"path":"/api/v1/pods?x=1"}');
    const peer = (
      request.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } }
    ).getPeerCertificate();
    assert.equal(peer.subject.CN, 'jane');
    answer('x'.repeat(200_000), { 'Audit-Id': 'a', warning: 'w' });
    const response = await asked;
    assert.equal(response.status, 201);
    assert.equal(response.headers['audit-id'], 'a');
    assert.equal((await textOf(response)).length, 200_000);
    token = 'two';
    // A connection is free again after a turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    const again = transport({ ...post('/b'), method: 'DELETE' });
    await server.has(2);
    assert.equal(server.held[1]!.request.headers.authorization, 'Bearer two');
    server.held[1]!.answer();
    await again;
    assert.equal(server.sockets.size, 1);
  });

  it('believes the names and the authority that it is told to believe, and no others', async () => {
    const server = await serve(ours, '::1');
    const echo = async (connection: Partial<Connection>) => {
      const transport = await open({ server: server.url, ...connection });
      const before = server.held.length;
      const asked = transport(post('/a'));
      await Promise.race([server.has(before + 1), asked]);
      server.held[before]!.answer('fine');
      return textOf(await asked);
    };
    assert.equal(await echo({}), 'fine');
    assert.equal(await echo({ tlsServerName: 'localhost' }), 'fine');
    assert.equal(await echo({ tlsServerName: 'else', insecureSkipTlsVerify: true }), 'fine');
    const altName = { code: 'ERR_TLS_CERT_ALTNAME_INVALID' };
    await assert.rejects(echo({ tlsServerName: 'else' }), altName);
    await assert.rejects(echo({ ca: (await createCa('other', validity)).certPem }));
  });

  it('says why there is no connection', async () => {
    const server = await serve(ours);
    server.stop();
    const transport = await open({ server: server.url }, all);
    for (let i = 0; i < 2; i += 1)
      await assert.rejects(transport(post('/a')), { code: 'ECONNREFUSED' });
  });

  it('gives up by signal, before a request is sent and after', async () => {
    const server = await serve(ours);
    const transport = await open({ server: server.url }, all);
    await acquaint(server, transport);
    const { signal } = aborted();
    await assert.rejects(transport(post('/never'), signal), { name: 'AbortError' });
    const later = new AbortController();
    const asked = transport(post('/later'), later.signal);
    await server.has(2);
    const gone = new Promise((resolve) => server.held[1]!.socket.once('close', resolve));
    later.abort();
    await assert.rejects(asked, { name: 'AbortError' });
    await gone;
    assert.deepEqual(pathsOf(server.held), ['/first', '/later']);
  });

  it('follows what goes on beside requests that are over soon', async () => {
    const server = await serve(ours);
    const transport = await open({ server: server.url }, all);
    const stop = new AbortController();
    const asked = transport({ method: 'GET', path: '/pods?watch=true', headers: {} }, stop.signal);
    await server.has(1);
    server.held[0]!.answer('{}\n');
    assert.equal(await textOf(await asked), '{}\n');
  });

  it('has many requests under way on one connection to a server of ours', async () => {
    const server = await serve(ours);
    const transport = await open({ server: server.url }, all);
    await acquaint(server, transport);
    const asked = Array.from({ length: 40 }, (_, i) => transport(post(`/${i}`)));
    await server.has(41);
    assert.ok(new Set(server.held.slice(1).map(({ socket }) => socket)).size <= 2);
    for (const { answer } of server.held.slice(1)) answer();
    const texts = await Promise.all(asked.map(async (answer) => textOf(await answer)));
    assert.deepEqual(
      texts,
      asked.map((_, i) => `{"path":"/${i}"}`),
    );
  });

  it('has one request on a connection when it may not, and with other servers', async () => {
    for (const [version, options, signal] of [
      [foreign, all, undefined],
      ['', all, undefined],
      [ours, {}, undefined],
      [ours, all, () => new AbortController().signal],
    ] as const) {
      const server = await serve(version);
      const transport = await open({ server: server.url }, options);
      await acquaint(server, transport);
      const asked = Array.from({ length: 20 }, (_, i) => transport(post(`/${i}`), signal?.()));
      await server.has(21);
      assert.equal(new Set(server.held.slice(1).map(({ socket }) => socket)).size, 20);
      for (const { answer } of server.held.slice(1)) answer();
      await Promise.all(asked);
    }
  });

  for (const [how, breakOff] of [
    ['ends', (socket: Socket) => void socket.end()],
    ['breaks', (socket: Socket) => void socket.destroy()],
  ] as const)
    it(`sends nothing twice when a connection ${how}, and goes on with another`, async () => {
      const server = await serve(ours);
      const transport = await open({ server: server.url }, all);
      await acquaint(server, transport);
      const asked = Array.from({ length: 40 }, (_, i) => transport(post(`/${i}`)));
      const settled = Promise.allSettled(asked);
      await server.has(41);
      // The first one of each connection is answered; of the others nobody knows.
      for (const { request, answer } of server.held)
        if (request.url === '/0' || request.url === '/1') answer();
      await Promise.all(asked.slice(0, 2));
      for (const socket of server.sockets) breakOff(socket);
      const outcomes = await settled;
      const lost = outcomes.filter(({ status }) => status === 'rejected');
      assert.equal(lost.length, 38);
      const more = transport(post('/more'));
      await server.has(42);
      server.held.at(-1)!.answer();
      assert.equal(await textOf(await more), '{"path":"/more"}');
      const sent = asked.map((_, i) => `/${i}`);
      assert.deepEqual(pathsOf(server.held).sort(), ['/first', ...sent, '/more'].sort());
    });

  it('sends nothing twice that stands behind an answer that closes the connection', async () => {
    const server = await serve(ours);
    const transport = await open({ server: server.url }, all);
    await acquaint(server, transport);
    const asked = Array.from({ length: 8 }, (_, i) => transport(post(`/${i}`)));
    const settled = Promise.allSettled(asked);
    await server.has(9);
    for (const { answer } of server.held.slice(1)) answer('last', { connection: 'close' });
    const outcomes = await settled;
    const answered = outcomes.filter(({ status }) => status === 'fulfilled').length;
    assert.ok(answered >= 1 && answered <= 2, String(answered));
    const more = transport(post('/more'));
    await server.has(10);
    server.held.at(-1)!.answer();
    await more;
    const sent = asked.map((_, i) => `/${i}`);
    assert.deepEqual(pathsOf(server.held).sort(), ['/first', ...sent, '/more'].sort());
  });

  it('fails what is under way when it is closed', async () => {
    const server = await serve(ours);
    const { transport, close } = await createPooledTransport(
      { server: server.url, ca: ca.certPem },
      all,
    );
    ends.push(close);
    await acquaint(server, transport);
    const pending = Promise.allSettled([
      transport(post('/a')),
      transport(post('/b'), new AbortController().signal),
    ]);
    await server.has(3);
    close();
    assert.deepEqual(
      (await pending).map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    await assert.rejects(transport(post('/c')));
  });
});

const pathsOf = (held: readonly Held[]) => held.map(({ request }) => request.url);

function aborted() {
  const controller = new AbortController();
  controller.abort();
  return controller;
}

/** Something that is told of, to one who waits. */
function createSignal() {
  let wake: () => void = () => undefined;
  return {
    tell: () => wake(),
    next: () => new Promise<void>((resolve) => (wake = resolve)),
  };
}
