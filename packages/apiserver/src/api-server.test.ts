import assert from 'node:assert/strict';
import type { Status } from '@berth/api';
import type { Storage } from '@berth/storage';
import { createTestStorage } from '@berth/storage/testing';
import { Lifetime } from './lifetime.ts';
import { readJson, readText } from './testing/context.ts';
import { startApiServer } from './testing/start-api-server.ts';
import type { TestServer } from './testing/start-api-server.ts';
import type { UserInfo } from './request.ts';

const jane: UserInfo = { name: 'jane', groups: ['dev', 'system:authenticated'] };
const nobody: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

interface Answer<T> {
  readonly status: number;
  readonly json: T;
}

describe('the API server', () => {
  let server: TestServer;
  before(async () => {
    server = await startApiServer();
  });
  after(() => server.close());

  async function call<T = Status>(
    method: string,
    path: string,
    body?: object,
    user?: UserInfo,
  ): Promise<Answer<T>> {
    const transport = user ? server.as(user) : server.transport;
    const response = await transport({
      method,
      path,
      headers: { accept: 'application/json' },
      ...(body && { body: Buffer.from(JSON.stringify(body)) }),
    });
    return { status: response.status, json: await readJson<T>(response.body) };
  }

  const until = async (condition: () => Promise<boolean>) => {
    for (let i = 0; i < 500 && !(await condition()); i++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(await condition());
  };

  it('has what every cluster has from its first start', async () => {
    type List = { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
    const names = async (path: string) =>
      (await call<List>('GET', path)).json.items.map(({ metadata }) => metadata.name);
    assert.deepEqual(await names('/api/v1/namespaces'), [
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ]);
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const roles = await names(`${rbac}/clusterroles`);
    for (const role of ['admin', 'cluster-admin', 'edit', 'system:discovery', 'view']) {
      assert.ok(roles.includes(role), role);
    }
    assert.ok((await names(`${rbac}/clusterrolebindings`)).includes('cluster-admin'));
    assert.deepEqual(await names('/apis/scheduling.k8s.io/v1/priorityclasses'), [
      'system-cluster-critical',
      'system-node-critical',
    ]);
  });

  it('tells anybody its version and health, and nothing else', async () => {
    const { json } = await call<{ gitVersion: string }>('GET', '/version', undefined, nobody);
    assert.match(json.gitVersion, /^v1\.36\.\d+\+berth/);
    for (const path of ['/healthz', '/livez', '/readyz']) {
      const response = await server.as(nobody)({ method: 'GET', path, headers: {} });
      assert.equal(await readText(response.body), 'ok', path);
    }
    for (const path of ['/metrics', '/api', '/apis', '/openapi/v2', '/api/v1/pods']) {
      assert.equal((await call('GET', path, undefined, nobody)).status, 403, path);
    }
  });

  it('prints each check, and serves each under its own path', async () => {
    const text = async (path: string) => {
      const response = await server.transport({ method: 'GET', path, headers: {} });
      return `${response.status} ${await readText(response.body)}`;
    };
    assert.match(
      await text('/readyz?verbose'),
      /^200 \[\+\]ping ok\n\[\+\]etcd ok\n.*readyz check passed\n$/s,
    );
    assert.equal(await text('/livez/etcd'), '200 ok');
    assert.match(await text('/livez/nothing'), /^404 /);
    assert.match(await text('/metrics'), /apiserver_request_total\{/);
  });

  it('answers unknown paths and methods in the usual words', async () => {
    for (const path of ['/nothing', '/apis/none/v1/things', '/api/v1/things', '/apis/apps/v2']) {
      const { status, json } = await call('GET', path);
      assert.equal(status, 404, path);
      assert.equal(json.message, 'the server could not find the requested resource', path);
    }
    assert.equal((await call('POST', '/version', {})).status, 405);
  });

  it('grants what is bound, as soon as it is bound', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const refused = await call('GET', pods, undefined, jane);
    assert.equal(
      refused.json.message,
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    await call('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
      metadata: { name: 'jane-views' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'dev' }],
    });
    await until(async () => (await call('GET', pods, undefined, jane)).status === 200);
    assert.equal(
      (await call('GET', '/api/v1/namespaces/default/secrets', undefined, jane)).status,
      403,
    );
    assert.equal(
      (await call('GET', '/api/v1/namespaces/kube-system/pods', undefined, jane)).status,
      403,
    );
  });

  it('does not let people hand out more than they have', async () => {
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-public';
    await call('POST', `${rbac}/rolebindings`, {
      metadata: { name: 'jane-administers' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'jane' }],
    });
    const role = (name: string, resource: string) => ({
      metadata: { name },
      rules: [{ apiGroups: [''], resources: [resource], verbs: ['get'] }],
    });
    await until(
      async () => (await call('POST', `${rbac}/roles`, role('mine', 'pods'), jane)).status !== 403,
    );
    const { status, json } = await call('POST', `${rbac}/roles`, role('more', 'nodes'), jane);
    assert.equal(status, 403);
    assert.match(json.message ?? '', /attempting to grant RBAC permissions not currently held/);
  });

  it('answers who may do what', async () => {
    type Review = { readonly status: { readonly allowed: boolean; readonly reason?: string } };
    const group = '/apis/authorization.k8s.io/v1';
    const review = (user: UserInfo | undefined, spec: object, kind = 'selfsubjectaccessreviews') =>
      call<Review>('POST', `${group}/${kind}`, { spec }, user);
    const nodes = { resourceAttributes: { verb: 'list', resource: 'nodes' } };
    const self = await review(jane, nodes);
    assert.deepEqual([self.status, self.json.status], [201, { allowed: false }]);
    assert.equal((await review(undefined, nodes)).json.status.allowed, true);
    const other = { ...nodes, user: 'eve', groups: ['system:masters'] };
    assert.equal(
      (await review(undefined, other, 'subjectaccessreviews')).json.status.allowed,
      true,
    );
    const path = { nonResourceAttributes: { path: '/metrics', verb: 'get' } };
    assert.equal((await review(jane, path)).json.status.allowed, false);
    assert.equal((await review(jane, {})).status, 422);
    assert.equal((await review(jane, nodes, 'subjectaccessreviews')).status, 403);
    assert.equal((await call('GET', `${group}/selfsubjectaccessreviews`)).status, 405);

    type Rules = { readonly status: { readonly resourceRules: readonly object[] } };
    const rules = await call<Rules>('POST', `${group}/selfsubjectrulesreviews`, {
      spec: { namespace: 'default' },
    });
    assert.deepEqual(rules.json.status.resourceRules[0], {
      verbs: ['*'],
      apiGroups: ['*'],
      resources: ['*'],
    });
  });

  it('refuses to print a review as a table', async () => {
    const response = await server.transport({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
      body: Buffer.from('{"spec":{"resourceAttributes":{"verb":"get","resource":"pods"}}}'),
    });
    assert.equal(response.status, 406);
  });

  it('issues tokens for service accounts and knows them again', async () => {
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    await call('POST', accounts, { metadata: { name: 'bot' } });
    type Token = {
      readonly status: { readonly token: string; readonly expirationTimestamp: string };
    };
    const { status, json } = await call<Token>('POST', `${accounts}/bot/token`, {
      spec: { expirationSeconds: 600 },
    });
    assert.equal(status, 201);
    const headers = { authorization: `Bearer ${json.status.token}` };
    const whoami = await server.server.handle({
      request: {
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        headers,
        body: Buffer.from('{}'),
      },
      peer: { kind: 'connection' },
      lifetime: new Lifetime(),
    });
    const { status: found } = await readJson<{
      status: { userInfo: { username: string; groups: string[] } };
    }>(whoami.body);
    assert.equal(found.userInfo.username, 'system:serviceaccount:default:bot');
    assert.deepEqual(found.userInfo.groups, [
      'system:serviceaccounts',
      'system:serviceaccounts:default',
      'system:authenticated',
    ]);
    type Reviewed = {
      readonly status: { readonly authenticated?: boolean; readonly error?: string };
    };
    const review = (token: string) =>
      call<Reviewed>('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token } });
    assert.equal((await review(json.status.token)).json.status.authenticated, true);
    assert.equal((await review('junk')).json.status.authenticated, undefined);
    assert.equal((await call('POST', `${accounts}/none/token`, { spec: {} })).status, 404);
    const tooShort = await call('POST', `${accounts}/bot/token`, {
      spec: { expirationSeconds: 60 },
    });
    assert.match(tooShort.json.message ?? '', /may not specify a duration less than 10 minutes/);
    type Keys = { readonly keys: readonly { readonly kty: string }[] };
    assert.equal((await call<Keys>('GET', '/openid/v1/jwks')).json.keys[0]?.kty, 'EC');
  });

  it('tells what nodes and pods use', async () => {
    await call('POST', '/api/v1/nodes', { metadata: { name: 'a' } });
    const { json: pod } = await call<{ metadata: { uid: string } }>(
      'POST',
      '/api/v1/namespaces/default/pods',
      {
        metadata: { name: 'web', labels: { app: 'web' } },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      },
    );
    server.server.usage.put('a', {
      timestampMs: Date.now(),
      windowMs: 10_000,
      node: { cpuNanocores: 250_000_000, memoryBytes: 2048 * 1024 },
      pods: [
        {
          namespace: 'default',
          name: 'web',
          uid: pod.metadata.uid,
          containers: [{ name: 'c', cpuNanocores: 1_000_000, memoryBytes: 1024 * 1024 }],
        },
        { namespace: 'default', name: 'gone', uid: 'x', containers: [] },
      ],
    });
    const base = '/apis/metrics.k8s.io/v1beta1';
    type Metrics = {
      readonly items: readonly {
        readonly metadata: { readonly name: string };
        readonly usage?: object;
        readonly window: string;
        readonly containers?: readonly object[];
      }[];
    };
    const { json: nodes } = await call<Metrics>('GET', `${base}/nodes`);
    assert.deepEqual(nodes.items[0]?.usage, { cpu: '250000000n', memory: '2048Ki' });
    assert.equal(nodes.items[0].window, '10s');
    const { json: pods } = await call<Metrics>(
      'GET',
      `${base}/namespaces/default/pods?labelSelector=app%3Dweb`,
    );
    assert.deepEqual(
      pods.items.map(({ metadata }) => metadata.name),
      ['web'],
    );
    assert.deepEqual(pods.items[0]?.containers, [
      { name: 'c', usage: { cpu: '1000000n', memory: '1024Ki' } },
    ]);
    assert.equal(
      (await call<Metrics>('GET', `${base}/pods?labelSelector=app%3Dx`)).json.items.length,
      0,
    );
    assert.equal((await call('GET', `${base}/nodes/b`)).status, 404);
    assert.equal((await call('POST', `${base}/nodes`, {})).status, 405);
  });

  it('repairs roles that lost rules, and leaves alone what is not to be updated', async () => {
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:discovery';
    type Role = {
      readonly metadata: { readonly annotations: object };
      readonly rules: readonly object[];
    };
    const { json: role } = await call<Role>('GET', path);
    await call('PUT', path, { ...role, rules: [] });
    const again = await startApiServer({ storage: server.storage });
    await again.close();
    assert.deepEqual((await call<Role>('GET', path)).json.rules, role.rules);
  });

  it('ends watches when it closes, and is then not ready', async () => {
    const own = await startApiServer();
    const response = await own.transport({
      method: 'GET',
      path: '/api/v1/pods?watch=1',
      headers: {},
    });
    const read = readText(response.body);
    assert.equal(own.server.ready(), true);
    await own.close();
    await read;
    assert.equal(own.server.ready(), false);
  });
});

describe('an API server that has just started', () => {
  it('knows the rights that every cluster gives, though the news of them are late', async () => {
    const storage = createTestStorage();
    const late: Storage = {
      ...storage,
      async *watch(...how) {
        for await (const item of storage.watch(...how)) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          yield item;
        }
      },
    };
    const server = await startApiServer({ storage: late });
    const controllers = server.as({
      name: 'system:kube-controller-manager',
      groups: ['system:authenticated'],
    });
    for (const path of ['/apis', '/api/v1/pods', '/apis/apps/v1/deployments'])
      assert.equal((await controllers({ method: 'GET', path, headers: {} })).status, 200, path);
    await server.close();
    await storage.close();
  });
});
