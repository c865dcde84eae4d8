import assert from 'node:assert/strict';
import { Agent, request } from 'node:https';
import type { RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { createConnection } from 'node:net';
import { connect } from 'node:tls';
import type { Status } from '@berth/api';
import type { KeyPair } from '@berth/component-base/pki';
import { createCa, issueClient } from '@berth/component-base/pki';
import { startApiServer } from './testing/start-api-server.ts';
import type { TestServer } from './testing/start-api-server.ts';

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

const takesConnections = (url: string) =>
  new Promise<boolean>((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = createConnection(Number(port), hostname, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

describe('the API over HTTPS', () => {
  let server: TestServer;
  let admin: KeyPair;
  let taken: string[] = [];

  before(async () => {
    server = await startApiServer({
      listen: true,
      upgrades: {
        'pods/exec': async ({ user, info }, { socket, head }) => {
          taken.push(`${user.name} ${info.name}`);
          socket.write(
            'HTTP/1.1 101 Switching Protocols\r\nUpgrade: test\r\nConnection: Upgrade\r\n\r\n',
          );
          socket.write(head);
          socket.pipe(socket);
        },
      },
    });
    admin = await server.issueClient('admin', 'system:masters');
  });
  after(() => server.close());

  const options = (path: string, more: RequestOptions = {}): RequestOptions => ({
    hostname: '127.0.0.1',
    port: new URL(server.url).port,
    path,
    ca: server.ca,
    agent: false,
    ...more,
  });
  const asAdmin = () => ({ cert: admin.certPem, key: admin.keyPem });

  const send = (path: string, more: RequestOptions = {}, body?: string | Buffer) =>
    new Promise<Reply>((resolve, reject) => {
      const outgoing = request(options(path, more), (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const message = ({ text }: Reply) => (JSON.parse(text) as Status).message;

  it('knows people by their certificates, and strangers as nobody', async () => {
    assert.equal((await send('/api/v1/namespaces', asAdmin())).status, 200);
    const jane = await server.issueClient('jane');
    const refused = await send('/api/v1/namespaces', { cert: jane.certPem, key: jane.keyPem });
    assert.equal(refused.status, 403);
    assert.match(message(refused) ?? '', /User "jane" cannot list/);
    assert.match(message(await send('/api/v1/namespaces')) ?? '', /User "system:anonymous"/);
  });

  it('refuses a certificate of another CA and a token it does not know with 401', async () => {
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
    const foreign = await createCa('foreign', validity);
    const forged = await issueClient(
      foreign,
      { commonName: 'admin', organizations: ['system:masters'] },
      validity,
    );
    const reply = await send('/api/v1/namespaces', { cert: forged.certPem, key: forged.keyPem });
    assert.equal(reply.status, 401);
    const headers = { authorization: 'Bearer junk' };
    assert.equal((await send('/api/v1/namespaces', { headers })).status, 401);
  });

  it('keeps repeated impersonation headers apart, whatever they hold', async () => {
    const reply = await send(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      {
        ...asAdmin(),
        method: 'POST',
        headers: { 'impersonate-user': 'joe', 'impersonate-group': ['cn=a,dc=b', 'c'] },
      },
      '{}',
    );
    const { status } = JSON.parse(reply.text) as { status: { userInfo: { groups: string[] } } };
    assert.deepEqual(status.userInfo.groups, ['cn=a,dc=b', 'c', 'system:authenticated']);
  });

  it('creates what is sent, with or without a content type', async () => {
    const post = (name: string, headers = {}) =>
      send(
        '/api/v1/namespaces/default/configmaps',
        { ...asAdmin(), method: 'POST', headers },
        JSON.stringify({ metadata: { name } }),
      );
    assert.equal((await post('one', { 'content-type': 'application/json' })).status, 201);
    assert.equal((await post('two')).status, 201);
    const again = await post('two');
    assert.deepEqual([again.status, message(again)], [409, 'configmaps "two" already exists']);
  });

  it('refuses bodies over 3 MiB, announced or not', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const big = Buffer.alloc(3 * 1024 * 1024 + 1, 'x');
    const announced = await send(path, { ...asAdmin(), method: 'POST' }, big);
    assert.equal(announced.status, 413);
    assert.equal(message(announced), 'Request entity too large: limit is 3145728');
    const chunked = { ...asAdmin(), method: 'POST', headers: { 'transfer-encoding': 'chunked' } };
    assert.equal((await send(path, chunked, big)).status, 413);
  });

  it('answers HEAD without a body, and errors as a Status', async () => {
    const head = await send('/version', { ...asAdmin(), method: 'HEAD' });
    assert.deepEqual([head.status, head.text], [200, '']);
    const missing = await send('/nothing', asAdmin());
    assert.deepEqual([missing.status, missing.headers['x-powered-by']], [404, undefined]);
    assert.equal((JSON.parse(missing.text) as Status).kind, 'Status');
  });

  it('streams a watch as it happens, and ends it when the client goes', async () => {
    const gone = new Promise<void>((resolve, reject) => {
      const outgoing = request(
        options('/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=0', asAdmin()),
        (incoming) => {
          incoming.once('data', (chunk: Buffer) => {
            assert.match(chunk.toString(), /^\{"type":"ADDED"/);
            outgoing.destroy();
          });
          incoming.once('close', () => resolve());
        },
      );
      outgoing.on('error', reject);
      outgoing.end();
    });
    await gone;
    const open = async () =>
      /apiserver_longrunning_requests\{.*resource="configmaps".*\} 0/.test(
        (await send('/metrics', asAdmin())).text,
      );
    for (let i = 0; i < 200 && !(await open()); i++);
    assert.ok(await open());
  });

  it('sends the headers of a watch before its first event', async () => {
    const { port } = new URL(server.url);
    const outgoing = request(
      options('/api/v1/namespaces/kube-public/pods?watch=1&resourceVersion=1', asAdmin()),
    );
    assert.ok(port);
    const status = await new Promise<number>((resolve, reject) => {
      outgoing.on('response', ({ statusCode = 0 }) => resolve(statusCode));
      outgoing.on('error', reject);
      outgoing.end();
    });
    outgoing.destroy();
    assert.equal(status, 200);
  });

  const upgrade = async (path: string, credentials: object, method = 'POST') => {
    const { port } = new URL(server.url);
    const socket = connect({
      host: '127.0.0.1',
      port: Number(port),
      ca: server.ca,
      ...credentials,
    });
    socket.write(
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: test\r\nContent-Length: 0\r\n\r\n`,
    );
    return socket;
  };
  const first = (socket: Awaited<ReturnType<typeof upgrade>>) =>
    new Promise<string>((resolve, reject) => {
      socket.once('data', (data: Buffer) => resolve(data.toString()));
      socket.once('error', reject);
    });

  it('hands the connection of an upgrade over once it was let in', async () => {
    taken = [];
    const socket = await upgrade('/api/v1/namespaces/default/pods/web/exec', asAdmin());
    assert.match(await first(socket), /^HTTP\/1\.1 101 /);
    socket.write('echo');
    assert.equal(await first(socket), 'echo');
    assert.deepEqual(taken, ['admin web']);
    socket.destroy();
  });

  it('refuses an upgrade as it refuses everything else', async () => {
    taken = [];
    const refused = await upgrade('/api/v1/namespaces/default/pods/web/exec', {});
    assert.match(
      await first(refused),
      /^HTTP\/1\.1 403 .*cannot create resource \\"pods\/exec\\"/s,
    );
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const post = (kind: string, object: object) =>
      send(`${rbac}/${kind}`, { ...asAdmin(), method: 'POST' }, JSON.stringify(object));
    await post('clusterroles', {
      metadata: { name: 'looker' },
      rules: [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['get'] }],
    });
    await post('clusterrolebindings', {
      metadata: { name: 'looker' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'looker' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'looker' }],
    });
    const looker = await server.issueClient('looker');
    const credentials = { cert: looker.certPem, key: looker.keyPem };
    let refusal = '';
    for (let i = 0; i < 100 && !refusal.includes('cannot create'); i++) {
      const reading = await upgrade('/api/v1/namespaces/default/pods/web/exec', credentials, 'GET');
      refusal = await first(reading);
      reading.destroy();
    }
    assert.match(refusal, /^HTTP\/1\.1 403 .*cannot create resource \\"pods\/exec\\"/s);
    const elsewhere = await upgrade('/nothing', asAdmin());
    assert.match(await first(elsewhere), /^HTTP\/1\.1 404 /);
    assert.deepEqual(taken, []);
    refused.destroy();
    elsewhere.destroy();
  });

  it('survives what is no HTTP', async () => {
    const { port } = new URL(server.url);
    const socket = connect({ host: '127.0.0.1', port: Number(port), ca: server.ca });
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.resume().once('close', resolve));
    socket.write('\x00\x01 nonsense\r\n\r\n');
    await closed;
    assert.equal((await send('/version', asAdmin())).status, 200);
  });

  it('answers everybody who asks on before the answers are read', async () => {
    const asked = 1_000;
    const port = Number(new URL(server.url).port);
    const { certPem: cert, keyPem: key } = admin;
    const socket = connect({ host: '127.0.0.1', port, ca: server.ca, cert, key });
    const ask = (connection: string) =>
      `GET /api/v1 HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`;
    // Each in a TLS record of its own, many of which arrive together.
    for (let i = 1; i < asked; i++) socket.write(ask('keep-alive'));
    socket.write(ask('close'));
    const chunks: Buffer[] = [];
    for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
    const answers = Buffer.concat(chunks).toString('latin1').split('HTTP/1.1 200 OK');
    assert.equal(answers.length - 1, asked);
  });

  it('closes although a client that it is answering would go on asking', async () => {
    const own = await startApiServer({ listen: true });
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: own.ca });
    const outgoing = request(`${own.url}/livez`, {
      agent,
      headers: { expect: '100-continue', 'content-length': 2 },
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
    });
    outgoing.flushHeaders();
    await new Promise((resolve) => outgoing.once('continue', resolve));
    const closed = own.server.close();
    // Until it has withdrawn from default/kubernetes it goes on as before.
    for (let i = 0; i < 10_000 && (await takesConnections(own.url)); i++);
    outgoing.end('{}');
    const answer = await answered;
    answer.resume();
    assert.equal(answer.headers.connection, 'close');
    await closed;
    agent.destroy();
    await own.close();
  });

  it('tells default/kubernetes where it is, and takes it back', async () => {
    const own = await startApiServer({ listen: true });
    const read = async () => {
      const { kv } = await own.storage.get('/registry/services/endpoints/default/kubernetes');
      return kv ? Buffer.from(kv.value).toString() : '';
    };
    assert.match(await read(), new RegExp(`192\\.0\\.2\\.1.*${new URL(own.url).port}`));
    await own.server.close();
    assert.doesNotMatch(await read(), /192\.0\.2\.1/);
    await own.close();
  });
});
