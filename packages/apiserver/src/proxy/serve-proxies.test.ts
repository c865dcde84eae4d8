import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, request } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { endpointSlices, namespaces, nodes, pods, serviceAccounts, services } from '@berth/api';
import type { ResourceType } from '@berth/api';
import { createCa, issueServer } from '@berth/component-base/pki';
import type { KeyPair } from '@berth/component-base/pki';
import { startApiServer } from '../testing/start-api-server.ts';
import type { TestServer } from '../testing/start-api-server.ts';

const page = '<a href="/next">test</a>';

/** Says what it was asked, page and redirects apart. */
function answer(incoming: IncomingMessage): { status: number; headers: object; body: string } {
  const { method, url = '', headers } = incoming;
  if (url === '/page') return { status: 200, headers: { 'content-type': 'text/html' }, body: page };
  if (url === '/moved') return { status: 302, headers: { location: '/there' }, body: '' };
  const body = JSON.stringify({ method, url, headers });
  return { status: url === '/missing' ? 404 : 200, headers: {}, body };
}

describe('proxies to pods, services and nodes', () => {
  let api: TestServer;
  let admin: KeyPair;
  const servers: Server[] = [];
  const dialled: string[] = [];

  const listen = async (server: Server) => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const ask = (path: string, { method = 'GET', body = '', headers = {} } = {}) =>
    new Promise<{ response: IncomingMessage; text: string }>((resolve, reject) => {
      const options = {
        ...{ ca: api.ca, cert: admin.certPem, key: admin.keyPem, agent: false, method },
        headers: { ...headers, ...(body && { 'content-length': String(body.length) }) },
      };
      const asked = request(`${api.url}${path}`, options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('end', () => resolve({ response, text }));
      });
      asked.once('error', reject).end(body);
    });
  const create = async (type: ResourceType, object: object) => {
    const root = type.group ? `/apis/${type.group}/${type.version}` : '/api/v1';
    const { namespace } = (object as { metadata: { namespace?: string } }).metadata;
    const path = `${root}${namespace ? `/namespaces/${namespace}` : ''}/${type.resource}`;
    const full = { apiVersion: root.replace(/^\/apis?\//, ''), kind: type.kind, ...object };
    const { response, text } = await ask(path, { method: 'POST', body: JSON.stringify(full) });
    assert.ok([201, 409].includes(response.statusCode ?? 0), text);
  };
  const patchStatus = async (path: string, status: object) => {
    const { response, text } = await ask(`${path}/status`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ status }),
    });
    assert.equal(response.statusCode, 200, text);
  };

  before(async () => {
    const handler = (incoming: IncomingMessage, outgoing: ServerResponse) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      incoming.once('end', () => {
        const { status, headers, body: text } = answer(incoming);
        outgoing.writeHead(status, { ...headers, 'x-body': body }).end(text);
      });
    };
    const plain = createServer(handler);
    plain.on('upgrade', (incoming: IncomingMessage, socket: Duplex) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n');
      socket.write(`X-Path: ${incoming.url}\r\n\r\n`);
      socket.pipe(socket);
    });
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3600_000 };
    const { certPem, keyPem } = await issueServer(
      await createCa('pods', validity),
      'pod',
      ['pod'],
      validity,
    );
    const secure = createTlsServer({ cert: certPem, key: keyPem }, handler);
    const ports: Readonly<Record<number, number>> = {
      80: await listen(plain),
      443: await listen(secure),
    };
    api = await startApiServer({
      listen: true,
      connect: (host, port) =>
        new Promise((resolve, reject) => {
          dialled.push(`${host}:${port}`);
          const socket = connect({ host: '127.0.0.1', port: ports[port] ?? 1 });
          socket.once('connect', () => resolve(socket)).once('error', reject);
        }),
    });
    admin = await api.issueClient('admin', 'system:masters');
    await create(namespaces, { metadata: { name: 'default' } });
    const metadata = (name: string) => ({ name, namespace: 'default' });
    await create(serviceAccounts, { metadata: metadata('default') });
    const containers = [
      { name: 'a', image: 'x' },
      { name: 'b', image: 'x', ports: [{ containerPort: 80 }] },
    ];
    await create(pods, { metadata: metadata('web'), spec: { containers } });
    await create(pods, { metadata: metadata('starting'), spec: { containers } });
    const own = '/api/v1/namespaces/default/pods/web';
    await patchStatus(own, { podIP: '10.0.0.7', podIPs: [{ ip: '10.0.0.7' }] });
    const spec = {
      ports: [
        { name: 'plain', port: 8080, targetPort: 80 },
        { name: 'safe', port: 8443, targetPort: 443 },
      ],
    };
    await create(services, { metadata: metadata('web'), spec });
    await create(services, { metadata: metadata('empty'), spec: { ports: [{ port: 1 }] } });
    await create(endpointSlices, {
      metadata: { ...metadata('web-1'), labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [
        { name: 'plain', port: 80 },
        { name: 'safe', port: 443 },
      ],
      endpoints: [
        { addresses: ['10.0.0.7'], targetRef: { kind: 'Pod', ...metadata('web') } },
        { addresses: ['10.9.9.9'] },
      ],
    });
    await create(nodes, { metadata: { name: 'n' } });
    await patchStatus('/api/v1/nodes/n', {
      addresses: [{ type: 'InternalIP', address: '10.0.0.8' }],
      daemonEndpoints: { kubeletEndpoint: { Port: 443 } },
    });
  });
  after(async () => {
    await api.close();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  const ns = '/api/v1/namespaces/default';
  for (const target of ['pods/web', 'pods/web:80', 'pods/http:web:80', 'pods/https:web:443']) {
    it(`passes every method on to ${target}`, async () => {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const path = `${ns}/${target}/proxy/some/p%2Fath?q=1`;
        const body = method === 'GET' ? '' : 'hello';
        const { response, text } = await ask(path, { method, body });
        assert.equal(response.statusCode, 200, text);
        const seen = JSON.parse(text) as { method: string; url: string };
        assert.deepEqual([seen.method, seen.url], [method, '/some/p%2Fath?q=1']);
        assert.equal(response.headers['x-body'], body);
      }
      const { response, text } = await ask(`${ns}/${target}/proxy/x`, { method: 'HEAD' });
      assert.deepEqual([response.statusCode, text], [200, '']);
    });
  }

  for (const target of [
    ...['services/web:plain', 'services/web:8080', 'services/https:web:safe'],
    ...['services/https:web:8443', 'nodes/n', 'nodes/n:80'],
  ]) {
    it(`reaches ${target}`, async () => {
      const root = target.startsWith('nodes') ? '/api/v1' : ns;
      const { response, text } = await ask(`${root}/${target}/proxy/missing`);
      assert.equal(response.statusCode, 404, text);
      assert.equal((JSON.parse(text) as { url: string }).url, '/missing');
    });
  }

  it('never reaches what is behind a service but is no pod', () => {
    assert.ok(!dialled.some((address) => address.startsWith('10.9.9.9')));
    assert.ok(dialled.includes('10.0.0.7:443'));
  });

  it('keeps credentials to itself and tells where it was asked', async () => {
    const { text } = await ask(`${ns}/pods/web/proxy/a/`, {
      headers: { authorization: 'Bearer x', 'x-remote-user': 'root', 'x-own': 'y' },
    });
    const { headers } = JSON.parse(text) as { headers: Record<string, string> };
    assert.equal(headers['authorization'], undefined);
    assert.equal(headers['x-remote-user'], undefined);
    assert.equal(headers['x-own'], 'y');
    assert.equal(headers['x-forwarded-uri'], `${ns}/pods/web/proxy/a/`);
  });

  it('sends whoever asks without a slash to the path with one', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { response } = await ask(`${ns}/pods/web/proxy?a=b`, { method });
      assert.equal(response.statusCode, 301);
      assert.equal(response.headers.location, `${ns}/pods/web/proxy/?a=b`);
    }
    const { text } = await ask(`${ns}/pods/web/proxy?a=b`, { method: 'POST' });
    assert.equal((JSON.parse(text) as { url: string }).url, '/?a=b');
  });

  it('leads the links of pages and redirects through itself', async () => {
    const seen = await ask(`${ns}/services/web:plain/proxy/page`);
    assert.equal(seen.text, `<a href="${ns}/services/web:plain/proxy/next">test</a>`);
    const { response } = await ask(`${ns}/pods/web/proxy/moved`);
    assert.equal(response.statusCode, 302);
    assert.equal(response.headers.location, `${ns}/pods/web/proxy/there`);
  });

  it('passes upgrades on', async () => {
    const socket = await new Promise<Duplex>((resolve, reject) => {
      const asked = request(`${api.url}${ns}/pods/web:80/proxy/ws?x=1`, {
        ...{ ca: api.ca, cert: admin.certPem, key: admin.keyPem, agent: false },
        headers: { connection: 'Upgrade', upgrade: 'echo' },
      });
      asked.once('upgrade', (response, taken: Duplex) => {
        assert.equal(response.headers['x-path'], '/ws?x=1');
        resolve(taken);
      });
      asked.once('response', () => reject(new Error('not upgraded')));
      asked.once('error', reject).end();
    });
    socket.write('there and back');
    const [data] = await new Promise<Buffer[]>((resolve) =>
      socket.once('data', (chunk: Buffer) => resolve([chunk])),
    );
    assert.equal(data?.toString(), 'there and back');
    socket.destroy();
  });

  for (const [path, code, message] of [
    [`${ns}/pods/a:b:c:d/proxy/`, 400, /invalid pod request "a:b:c:d"/],
    [`${ns}/pods/nobody/proxy/`, 404, /pods "nobody" not found/],
    [`${ns}/pods/starting/proxy/`, 400, /address not allowed/],
    [`${ns}/pods/web:81/proxy/`, 503, /error trying to reach service: .*ECONNREFUSED/],
    [`${ns}/services/web:9/proxy/`, 503, /no service port 9 found for service "web"/],
    [`${ns}/services/web:what/proxy/`, 503, /no endpoints available for service "web:what"/],
    [`${ns}/services/empty:1/proxy/`, 503, /no endpoints available for service "empty:1"/],
    ['/api/v1/nodes/nobody/proxy/', 404, /nodes "nobody" not found/],
  ] as const) {
    it(`refuses ${path}`, async () => {
      const { response, text } = await ask(path);
      assert.equal(response.statusCode, code, text);
      assert.match((JSON.parse(text) as { message: string }).message, message);
    });
  }
});
