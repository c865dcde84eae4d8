import assert from 'node:assert/strict';
import { encodeKubeProtobuf } from '@berth/api';
import { strategies } from '../registry/index.ts';
import { createBench } from '../registry/testing/exchange.ts';
import type { Bench } from '../registry/testing/exchange.ts';

const path = '/apis/apps/v1/namespaces/default/deployments';
const deployment = {
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'i:1' }] },
    },
  },
};

const types = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

describe('patch', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = createBench(strategies);
    const { status } = await bench.call('POST', path, { body: deployment });
    assert.equal(status, 201);
  });
  afterEach(() => bench.registry.close());

  const patch = (type: keyof typeof types, body: unknown, query = '') =>
    bench.call('PATCH', `${path}/web${query}`, { body, headers: { 'content-type': types[type] } });
  const images = async () => {
    const { json } = await bench.call('GET', `${path}/web`);
    const { template } = json.spec as unknown as typeof deployment.spec;
    return template.spec.containers.map(({ name, image }) => `${name}=${image}`);
  };

  it('applies operations, merges, and merges lists by key', async () => {
    const operations = [{ op: 'replace', path: '/spec/replicas', value: 5 }];
    assert.equal((await patch('json', operations)).json.spec.replicas, 5);
    assert.equal((await patch('merge', { spec: { replicas: 6 } })).json.spec.replicas, 6);
    const container = { name: 'side', image: 'i:2' };
    await patch('strategic', { spec: { template: { spec: { containers: [container] } } } });
    assert.deepEqual(await images(), ['side=i:2', 'c=i:1']);
  });

  it('takes null for the default', async () => {
    const { json } = await patch('merge', { spec: { replicas: null } });
    assert.equal(json.spec.replicas, 1);
  });

  it('writes nothing when nothing changes, or on a dry run', async () => {
    const { json: before } = await bench.call('GET', `${path}/web`);
    const same = await patch('merge', {});
    assert.equal(same.json.metadata.resourceVersion, before.metadata.resourceVersion);
    const dry = await patch('merge', { spec: { replicas: 9 } }, '?dryRun=All');
    assert.equal(dry.json.spec.replicas, 9);
    const { json: after } = await bench.call('GET', `${path}/web`);
    assert.equal(after.metadata.resourceVersion, before.metadata.resourceVersion);
  });

  it('minds a version that it names', async () => {
    const { json } = await bench.call('GET', `${path}/web`);
    const { resourceVersion } = json.metadata;
    const first = await patch('merge', { metadata: { resourceVersion }, spec: { replicas: 3 } });
    assert.equal(first.status, 200);
    const second = await patch('merge', { metadata: { resourceVersion }, spec: { replicas: 4 } });
    assert.equal(second.status, 409);
  });

  it('of many writers is not lost', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        patch('merge', { metadata: { annotations: { [`k${i}`]: 'v' } } }),
      ),
    );
    const { json } = await bench.call('GET', `${path}/web`);
    assert.equal(Object.keys(json.metadata.annotations ?? {}).length, 20);
  });

  it('is held to the schema', async () => {
    const strict = await patch('merge', { spec: { foo: 1 } }, '?fieldValidation=Strict');
    assert.equal(strict.status, 422);
    assert.match(strict.json.message, /strict decoding error: unknown field "spec\.foo"/);
    const warned = await patch('merge', '{"spec":{"foo":1,"paused":true,"paused":false}}');
    assert.deepEqual(warned.warnings, [
      'duplicate field "spec.paused"',
      'unknown field "spec.foo"',
    ]);
    const wrong = await patch('merge', { spec: { replicas: 'two' } });
    assert.equal(wrong.status, 422);
    assert.match(wrong.json.message, /cannot unmarshal string/);
  });

  const refusals: readonly (readonly [string, keyof typeof types, unknown, number, RegExp])[] = [
    [
      'another name',
      'merge',
      { metadata: { name: 'b' } },
      400,
      /does not match the name on the URL/,
    ],
    [
      'another selector',
      'merge',
      { spec: { selector: { matchLabels: { a: 'b' } } } },
      422,
      /selector/,
    ],
    ['no JSON', 'merge', '{', 400, /^error decoding patch: unexpected end of JSON input/],
    ['a failing test', 'json', [{ op: 'test', path: '/spec/replicas', value: 9 }], 422, /./],
    ['a missing path', 'json', [{ op: 'remove', path: '/spec/nix' }], 422, /./],
    ['a bomb', 'merge', '{"a":'.repeat(50_000), 400, /max depth/],
    [
      'too many operations',
      'json',
      Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a', value: 1 })),
      413,
      /The allowed maximum operations in a JSON patch is 10000, got 10001/,
    ],
    ['a wrong directive', 'strategic', { $patch: 'nix' }, 400, /unknown patch type: nix/],
  ];
  for (const [what, type, body, code, message] of refusals)
    it(`refuses ${what}`, async () => {
      const { status, json } = await patch(type, body);
      assert.equal(status, code, json.message);
      assert.equal(json.kind, 'Status');
      assert.match(json.message, message);
    });

  it('refuses unknown types and missing objects', async () => {
    const headers = { 'content-type': 'application/json' };
    const unknown = await bench.call('PATCH', `${path}/web`, { body: {}, headers });
    assert.equal(unknown.status, 415);
    assert.match(
      unknown.json.message,
      /accepted media types include: application\/json-patch\+json/,
    );
    const missing = await bench.call('PATCH', `${path}/nix`, {
      body: {},
      headers: { 'content-type': types.merge },
    });
    assert.equal(missing.status, 404);
  });
});

describe('protobuf bodies', () => {
  it('are read like JSON', async () => {
    const bench = createBench(strategies);
    const headers = {
      'content-type': 'application/vnd.kubernetes.protobuf',
      accept: 'application/vnd.kubernetes.protobuf,application/json',
    };
    const body = encodeKubeProtobuf({ apiVersion: 'apps/v1', kind: 'Deployment', ...deployment });
    const { status, json, headers: answered } = await bench.call('POST', path, { body, headers });
    assert.equal(status, 201);
    assert.equal(answered['content-type'], 'application/json');
    assert.equal(json.spec.replicas, 2);
    const options = encodeKubeProtobuf({
      apiVersion: 'apps/v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Foreground',
    });
    const deleted = await bench.call('DELETE', `${path}/web`, { body: options, headers });
    assert.equal(deleted.status, 202);
    const junk = await bench.call('POST', path, { body: Buffer.from('k8s\0\xff\xff'), headers });
    assert.equal(junk.status, 400);
    await bench.registry.close();
  });
});
