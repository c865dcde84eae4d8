import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:https';
import type { Server } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { apiServices, endpointSlices, pathOf, services } from '@berth/api';
import type { APIService, KubeObject, ResourceType } from '@berth/api';
import { createCa, issueClient, issueServer } from '@berth/component-base/pki';
import type { KeyPair } from '@berth/component-base/pki';
import { startApiServer } from '../testing/start-api-server.ts';
import type { TestServer } from '../testing/start-api-server.ts';

const group = 'ext.example.com';
const root = `/apis/${group}/v1`;
const resourceList = {
  kind: 'APIResourceList',
  groupVersion: `${group}/v1`,
  resources: [
    {
      ...{ name: 'things', singularName: 'thing', namespaced: true, kind: 'Thing' },
      ...{ verbs: ['get', 'list', 'create'], shortNames: ['th'] },
    },
    { name: 'things/status', singularName: '', namespaced: true, kind: 'Thing', verbs: ['get'] },
  ],
};
const documents: Readonly<Record<string, object>> = {
  [root]: resourceList,
  [`/openapi/v3${root}`]: { openapi: '3.0.0', paths: { [`${root}/`]: {} } },
  '/openapi/v2': {
    swagger: '2.0',
    paths: { [`${root}/things`]: {}, '/apis/other/v1/': {} },
    definitions: { 'com.example.Thing': { type: 'object' } },
  },
};

/** Answers documents, and says what it was asked and by whom. */
function extensionServer(tls: KeyPair, frontProxyCa: string): Server {
  const server = createServer(
    { cert: tls.certPem, key: tls.keyPem, ca: frontProxyCa, requestCert: true },
    (incoming, outgoing) => {
      const { socket, url = '', method, headers, headersDistinct } = incoming;
      let body = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      incoming.once('end', () => {
        const peer = socket instanceof TLSSocket ? socket.getPeerCertificate() : undefined;
        const answer = documents[url] ?? {
          ...{ kind: 'Seen', apiVersion: `${group}/v1`, method, url, body },
          ...{ proxy: peer?.subject.CN, user: headers['x-remote-user'] },
          ...{ groups: headersDistinct['x-remote-group'], token: headers.authorization },
        };
        outgoing.writeHead(url.endsWith('/gone') ? 410 : 200, {
          'content-type': 'application/json',
        });
        outgoing.end(JSON.stringify(answer));
      });
    },
  );
  server.on('upgrade', (_incoming, socket: Duplex) => {
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
    );
    socket.pipe(socket);
  });
  return server;
}

interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly as?: KeyPair;
  readonly headers?: Readonly<Record<string, string>>;
}

describe('API servers behind this one', () => {
  let api: TestServer;
  let extension: Server;
  let admin: KeyPair;
  let jane: KeyPair;
  let extensionCa: KeyPair;
  let reachable = true;

  const ask = async (
    path: string,
    { method = 'GET', body = '', as = admin, headers = {} }: Asked = {},
  ) => {
    const { response, text } = await new Promise<{ response: IncomingMessage; text: string }>(
      (resolve, reject) => {
        const options = {
          ...{ ca: api.ca, cert: as.certPem, key: as.keyPem, agent: false, method },
          headers: { ...headers, ...(body && { 'content-length': String(body.length) }) },
        };
        const asked = request(`${api.url}${path}`, options, (answer) => {
          let all = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => (all += chunk));
          answer.once('end', () => resolve({ response: answer, text: all }));
        });
        asked.once('error', reject).end(body);
      },
    );
    return { code: response.statusCode ?? 0, text };
  };
  const json = async <T>(path: string, headers: Record<string, string> = {}) => {
    const { code, text } = await ask(path, { headers });
    assert.equal(code, 200, text);
    return JSON.parse(text) as T;
  };
  const create = async (type: ResourceType, object: Partial<KubeObject>) => {
    const apiVersion = type.group ? `${type.group}/${type.version}` : type.version;
    const body = JSON.stringify({ apiVersion, kind: type.kind, ...object });
    const { namespace } = object.metadata ?? {};
    const { code, text } = await ask(pathOf(type, { namespace }), { method: 'POST', body });
    assert.equal(code, 201, text);
  };
  const read = (name: string) => json<APIService>(pathOf(apiServices, { name }));
  const availability = async (name: string) => (await read(name)).status?.conditions?.[0];
  /** Asks again until it holds; the mocha timeout ends it. */
  const until = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 25));
  };
  const untilReason = (name: string, reason: string) =>
    until(async () => (await availability(name))?.reason === reason);

  before(async () => {
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3600_000 };
    const frontProxyCa = await createCa('front-proxy-ca', validity);
    const subject = { commonName: 'front-proxy-client', organizations: [] };
    const client = await issueClient(frontProxyCa, subject, validity);
    extensionCa = await createCa('extension-ca', validity);
    const names = ['ext.apps.svc'];
    const tls = await issueServer(extensionCa, 'ext', names, validity);
    extension = extensionServer(tls, frontProxyCa.certPem);
    await new Promise<void>((resolve) => extension.listen(0, '127.0.0.1', resolve));
    const { port } = extension.address() as AddressInfo;
    api = await startApiServer({
      listen: true,
      frontProxy: {
        ...{ caPem: frontProxyCa.certPem, client, clientName: 'front-proxy-client' },
        clientCaPem: 'the CA of users',
      },
      connect: (_host, _port) =>
        new Promise((resolve, reject) => {
          if (!reachable) return reject(new Error('connection refused'));
          const socket = connect({ host: '127.0.0.1', port });
          socket.once('connect', () => resolve(socket)).once('error', reject);
        }),
    });
    admin = await api.issueClient('admin', 'system:masters');
    jane = await api.issueClient('jane', 'team,a', 'team-b');
    await ask('/api/v1/namespaces', {
      method: 'POST',
      body: '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"apps"}}',
    });
  });
  after(async () => {
    await api.close();
    extension.closeAllConnections();
    extension.close();
  });

  it('lists the versions that this server answers itself', async () => {
    await until(async () => (await ask(pathOf(apiServices, { name: 'v1.apps' }))).code === 200);
    const own = await read('v1.apps');
    assert.deepEqual(own.spec, {
      ...{ group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15 },
    });
    assert.equal(own.metadata.labels?.['kube-aggregator.kubernetes.io/automanaged'], 'onstart');
    const { reason, status } = own.status?.conditions?.[0] ?? {};
    assert.deepEqual([status, reason], ['True', 'Local']);
    assert.equal((await read('v1.')).spec.groupPriorityMinimum, 18_000);
    const { code } = await ask(pathOf(apiServices, { name: 'v1.apiregistration.k8s.io' }));
    assert.equal(code, 404);
  });

  it('tells them how to know it', async () => {
    const path = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
    const { data } = await json<{ data: Record<string, string> }>(path);
    assert.equal(data['client-ca-file'], 'the CA of users');
    assert.equal(data['requestheader-allowed-names'], '["front-proxy-client"]');
    assert.match(data['requestheader-client-ca-file'] ?? '', /BEGIN CERTIFICATE/);
  });

  for (const [problem, spec] of [
    ['metadata.name: Invalid value: "v1.wrong": must be `spec.version+"."+spec.group`', {}],
    ['spec.groupPriorityMinimum: Invalid value: 0', { groupPriorityMinimum: 0 }],
    ['spec.versionPriority: Invalid value: 1001', { versionPriority: 1001 }],
    ['spec.service.name: Required value', { service: { namespace: 'apps' } }],
    ['local APIServices may not have insecureSkipTLSVerify', { insecureSkipTLSVerify: true }],
  ] as const) {
    it(`refuses what is wrong: ${problem}`, async () => {
      const body = JSON.stringify({
        metadata: { name: 'v1.wrong' },
        spec: { group, version: 'v1', groupPriorityMinimum: 1, versionPriority: 1, ...spec },
      });
      const { code, text } = await ask(pathOf(apiServices), { method: 'POST', body });
      assert.equal(code, 422);
      const { message } = JSON.parse(text) as { message: string };
      assert.ok(message.includes(problem), message);
    });
  }

  it('says what is missing, step by step, and passes requests on in the end', async () => {
    const name = `v1.${group}`;
    await create(apiServices, {
      metadata: { name },
      spec: {
        ...{ group, version: 'v1', groupPriorityMinimum: 2000, versionPriority: 15 },
        service: { namespace: 'apps', name: 'ext' },
        caBundle: Buffer.from(extensionCa.certPem).toString('base64'),
      },
    } as unknown as Partial<KubeObject>);
    await untilReason(name, 'ServiceNotFound');
    const refused = await ask(`${root}/things`);
    assert.deepEqual([refused.code, refused.text], [503, 'service unavailable\n']);

    const metadata = { namespace: 'apps', name: 'ext' };
    const spec = { ports: [{ name: 'https', port: 443 }] };
    await create(services, { metadata, spec } as unknown as Partial<KubeObject>);
    await untilReason(name, 'EndpointsNotFound');
    const labels = { 'kubernetes.io/service-name': 'ext' };
    await create(endpointSlices, {
      metadata: { ...metadata, labels },
      ...{ addressType: 'IPv4', ports: [{ name: 'https', port: 8443 }] },
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    } as unknown as Partial<KubeObject>);
    await untilReason(name, 'Passed');
    assert.deepEqual(JSON.parse((await ask(`${root}/things`)).text), {
      ...{ kind: 'Seen', apiVersion: `${group}/v1`, method: 'GET', url: `${root}/things` },
      ...{ body: '', proxy: 'front-proxy-client', user: 'admin' },
      groups: ['system:masters', 'system:authenticated'],
    });
  });

  it('lets everybody through who may, as whom they are', async () => {
    assert.equal((await ask(`${root}/things`, { as: jane })).code, 403);
    const rules = [{ apiGroups: [group], resources: ['*'], verbs: ['*'] }];
    const rbac = 'rbac.authorization.k8s.io';
    for (const [kind, object] of [
      ['clusterroles', { rules }],
      [
        'clusterrolebindings',
        {
          subjects: [{ kind: 'User', apiGroup: rbac, name: 'jane' }],
          roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'ext' },
        },
      ],
    ] as const) {
      const body = JSON.stringify({ metadata: { name: 'ext' }, ...object });
      const { code, text } = await ask(`/apis/${rbac}/v1/${kind}`, { method: 'POST', body });
      assert.equal(code, 201, text);
    }
    await until(async () => (await ask(`${root}/things`, { as: jane })).code === 200);
    const path = `${root}/namespaces/apps/things?dryRun=All`;
    const headers = { 'x-remote-user': 'root', 'x-remote-group': 'system:masters' };
    const { text } = await ask(path, { method: 'POST', body: '{"a":1}', as: jane, headers });
    const seen = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual(
      [seen['method'], seen['url'], seen['body'], seen['user']],
      ['POST', path, '{"a":1}', 'jane'],
    );
    assert.deepEqual(seen['groups'], ['team,a', 'team-b', 'system:authenticated']);
    assert.equal((await ask(`${root}/things/gone`)).code, 410);
  });

  it('passes upgrades on', async () => {
    const socket = await new Promise<Duplex>((resolve, reject) => {
      const asked = request(`${api.url}${root}/namespaces/apps/things/a/exec`, {
        ...{ ca: api.ca, cert: admin.certPem, key: admin.keyPem, agent: false },
        headers: { connection: 'Upgrade', upgrade: 'echo' },
      });
      asked.once('upgrade', (_response, taken: Duplex) => resolve(taken));
      asked.once('response', () => reject(new Error('not upgraded')));
      asked.once('error', reject).end();
    });
    socket.write('there and back');
    const data = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    assert.equal(data.toString(), 'there and back');
    socket.destroy();
  });

  it('tells of them in discovery and OpenAPI', async () => {
    const groups = await json<{ groups: { name: string }[] }>('/apis');
    const names = groups.groups.map(({ name }) => name);
    assert.equal(names[0], 'apiregistration.k8s.io');
    assert.ok(names.indexOf('apps') < names.indexOf(group), names.join(' '));
    assert.ok(names.indexOf(group) < names.indexOf('metrics.k8s.io'), names.join(' '));
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const aggregated = await json<{
      items: {
        metadata: { name: string };
        versions: { freshness: string; resources: object[] }[];
      }[];
    }>('/apis', { accept });
    const own = aggregated.items.find(({ metadata }) => metadata.name === group)?.versions[0];
    assert.equal(own?.freshness, 'Current');
    assert.deepEqual(own.resources, [
      {
        resource: 'things',
        responseKind: { group, version: 'v1', kind: 'Thing' },
        ...{ scope: 'Namespaced', singularResource: 'thing', verbs: ['create', 'get', 'list'] },
        shortNames: ['th'],
        subresources: [
          {
            subresource: 'status',
            responseKind: { group, version: 'v1', kind: 'Thing' },
            verbs: ['get'],
          },
        ],
      },
    ]);
    assert.deepEqual(await json(root), resourceList);
    const { paths } = await json<{ paths: Record<string, object> }>('/openapi/v3');
    assert.ok(paths[`apis/${group}/v1`]);
    assert.deepEqual(await json(`/openapi/v3${root}`), documents[`/openapi/v3${root}`]);
    const v2 = await json<{ paths: object; definitions: object }>('/openapi/v2');
    assert.ok(`${root}/things` in v2.paths && '/api/v1/pods' in v2.paths);
    assert.ok(!('/apis/other/v1/' in v2.paths));
    assert.ok('com.example.Thing' in v2.definitions);
  });

  it('believes only the certificate that it was told to believe', async () => {
    const path = pathOf(apiServices, { name: `v1.${group}` });
    const merge = async (spec: object) => {
      const headers = { 'content-type': 'application/merge-patch+json' };
      const body = JSON.stringify({ spec });
      const { code, text } = await ask(path, { method: 'PATCH', body, headers });
      assert.equal(code, 200, text);
    };
    const { caBundle } = (await read(`v1.${group}`)).spec;
    await merge({ caBundle: null });
    await until(async () => (await ask(`${root}/things`)).code === 503);
    assert.match(
      (await ask(`${root}/things`)).text,
      /error trying to reach service: .*certificate/,
    );
    await merge({ insecureSkipTLSVerify: true });
    await until(async () => (await ask(`${root}/things`)).code === 200);
    await merge({ insecureSkipTLSVerify: false, caBundle: caBundle ?? null });
    await until(async () => (await ask(`${root}/things`)).code === 200);
  });

  it('says so when one cannot be reached any more, and forgets what is deleted', async () => {
    reachable = false;
    const path = pathOf(apiServices, { name: `v1.${group}` });
    const headers = { 'content-type': 'application/merge-patch+json' };
    const body = '{"spec":{"versionPriority":16}}';
    await ask(path, { method: 'PATCH', body, headers });
    await untilReason(`v1.${group}`, 'FailedDiscoveryCheck');
    const { message = '' } = (await availability(`v1.${group}`)) ?? {};
    assert.match(message, /failing or missing response from https:\/\/10\.0\.0\.1:8443\/apis\/ext/);
    assert.equal((await ask(`${root}/things`)).code, 503);
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { items } = await json<{
      items: { metadata: { name: string }; versions: { freshness: string }[] }[];
    }>('/apis', { accept });
    const own = items.find(({ metadata }) => metadata.name === group)?.versions[0];
    assert.equal(own?.freshness, 'Stale');
    await ask(path, { method: 'DELETE' });
    await until(async () => (await ask(`${root}/things`)).code === 404);
    const { groups } = await json<{ groups: { name: string }[] }>('/apis');
    assert.ok(!groups.some(({ name }) => name === group));
  });
});
