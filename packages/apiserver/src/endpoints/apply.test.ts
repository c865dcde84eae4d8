import assert from 'node:assert/strict';
import { strategies } from '../registry/index.ts';
import { createBench } from '../registry/testing/exchange.ts';
import type { Answer, Bench } from '../registry/testing/exchange.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const headers = { 'content-type': 'application/apply-patch+yaml' };

const managers = ({ json }: Answer) =>
  (json.metadata.managedFields ?? []).map(({ manager, operation, subresource = '' }) =>
    [manager, operation, subresource].filter(Boolean).join(' '),
  );

describe('server-side apply', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = createBench(strategies);
  });
  afterEach(() => bench.registry.close());

  const map = (data: object, name = 'a') => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data,
  });
  const apply = (manager: string, body: unknown, query = '') =>
    bench.call('PATCH', `${maps}/a?fieldManager=${manager}${query}`, { body, headers });

  it('makes, changes and takes back', async () => {
    const made = await apply('one', map({ a: '1', b: '2' }));
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(managers(made), ['one Apply']);
    const changed = await apply('one', map({ a: '3' }));
    assert.equal(changed.status, 200);
    assert.deepEqual(changed.json.data, { a: '3' });
  });

  it('writes nothing when nothing changes', async () => {
    const made = await apply('one', map({ a: '1' }));
    await bench.clock.advance(5000);
    const again = await apply('one', map({ a: '1' }));
    assert.equal(again.json.metadata.resourceVersion, made.json.metadata.resourceVersion);
  });

  it('refuses to take over what another manager applied, unless forced', async () => {
    await apply('one', map({ a: '1' }));
    const { status, json } = await apply('two', map({ a: '2' }));
    assert.equal(status, 409);
    assert.equal(json.reason, 'Conflict');
    assert.equal(json.details?.causes?.[0]?.reason, 'FieldManagerConflict');
    assert.equal(json.details.causes[0].field, '.data.a');
    const forced = await apply('two', map({ a: '2' }), '&force=true');
    assert.equal(forced.status, 200);
    assert.deepEqual(forced.json.data, { a: '2' });
    assert.deepEqual(managers(forced), ['two Apply']);
  });

  it('is part of what other writers see', async () => {
    await apply('one', map({ a: '1' }));
    const patched = await bench.call('PATCH', `${maps}/a`, {
      body: { data: { b: '2' } },
      headers: { 'content-type': 'application/merge-patch+json', 'user-agent': 'kubectl/v1.36' },
    });
    assert.deepEqual(managers(patched), ['one Apply', 'kubectl Update']);
  });

  it('does nothing on a dry run', async () => {
    const dry = await apply('one', map({ a: '1' }), '&dryRun=All');
    assert.equal(dry.status, 201);
    assert.equal((await bench.call('GET', `${maps}/a`)).status, 404);
  });

  it('needs a manager, and a body that fits', async () => {
    const nobody = await bench.call('PATCH', `${maps}/a`, { body: map({}), headers });
    assert.equal(nobody.status, 422);
    assert.match(nobody.json.message, /fieldManager: Required value: is required for apply patch/);
    const unknown = await apply('one', { ...map({}), nix: 1 });
    assert.match(unknown.json.message, /\.nix: field not declared in schema/);
    const other = await apply('one', map({}, 'b'));
    assert.equal(other.status, 400);
    const twice =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: "1"}\ndata: {a: "2"}\n';
    const strict = await apply('one', twice, '&fieldValidation=Strict');
    assert.equal(strict.status, 400);
    assert.match(strict.json.message, /key "data" already set in map/);
    const broken = await apply('one', ': : [');
    assert.equal(broken.status, 400);
  });
});

describe('managed fields', () => {
  it('tell who wrote the object, and who its status', async () => {
    const bench = createBench(strategies);
    const body = {
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'c', image: 'i' }] },
        },
      },
    };
    const made = await bench.call('POST', `${deployments}?fieldManager=maker`, { body });
    assert.deepEqual(managers(made), ['maker Update']);
    const [entry] = made.json.metadata.managedFields ?? [];
    assert.equal(entry?.time, '2026-01-01T00:00:00Z');
    assert.ok(!('f:status' in (entry.fieldsV1 as object)));
    const status = await bench.call('PUT', `${deployments}/web/status?fieldManager=controller`, {
      body: { ...made.json, status: { replicas: 1, observedGeneration: 1 } },
    });
    assert.deepEqual(managers(status).sort(), ['controller Update status', 'maker Update']);
    const scaled = await bench.call('PATCH', `${deployments}/web/scale?fieldManager=scaler`, {
      body: { spec: { replicas: 3 } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    assert.equal(scaled.status, 200);
    const after = await bench.call('GET', `${deployments}/web`);
    assert.ok(managers(after).includes('scaler Update scale'));
    await bench.registry.close();
  });
});
