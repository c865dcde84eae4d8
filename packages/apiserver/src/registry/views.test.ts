import assert from 'node:assert/strict';
import { strategies } from './index.ts';
import { createBench } from './testing/exchange.ts';
import type { Bench } from './testing/exchange.ts';

const core = '/api/v1/namespaces/default/events';
const modern = '/apis/events.k8s.io/v1/namespaces/default/events';

describe('two views of one stored object', () => {
  let bench: Bench;
  const stop = new AbortController();
  beforeEach(() => {
    bench = createBench(strategies);
  });
  afterEach(() => bench.registry.close());
  after(() => stop.abort());

  const event = {
    metadata: { name: 'e' },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'test',
    reportingInstance: 'test-1',
    action: 'Testing',
    reason: 'Tested',
    type: 'Normal',
    note: 'all is well',
    regarding: { kind: 'Pod', namespace: 'default', name: 'a' },
  };

  it('shows an event in both', async () => {
    const made = await bench.call('POST', modern, { body: event });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.json.apiVersion, 'events.k8s.io/v1');
    const { json } = await bench.call('GET', `${core}/e`);
    assert.equal(json.apiVersion, 'v1');
    assert.equal(json.message, 'all is well');
    assert.deepEqual(json.metadata, made.json.metadata);
    const byField = await bench.call('GET', `${core}?fieldSelector=involvedObject.name%3Da`);
    assert.equal(byField.json.items.length, 1);
    const list = await bench.call('GET', modern);
    assert.equal(list.json.kind, 'EventList');
    assert.equal((list.json.items[0] as unknown as typeof event).note, 'all is well');
  });

  it('tells watchers of both', async () => {
    const first = (path: string) =>
      bench.watch(`${path}?watch=true`, stop.signal)[Symbol.asyncIterator]().next();
    const both = Promise.all([first(core), first(modern)]);
    await bench.call('POST', modern, { body: event });
    const versions = (await both).map(
      ({ value }) => (value as { object: { apiVersion: string } }).object.apiVersion,
    );
    assert.deepEqual(versions, ['v1', 'events.k8s.io/v1']);
  });

  it('tells watchers of both what happens together', async () => {
    const { json } = await bench.call('GET', core);
    const { resourceVersion } = json.metadata;
    const names = ['e1', 'e2', 'e3'];
    for (const name of names)
      await bench.call('POST', modern, { body: { ...event, metadata: { name } } });
    const told = async (path: string) => {
      const versions: string[] = [];
      const from = `${path}?watch=true&resourceVersion=${resourceVersion}`;
      for await (const { object } of bench.watch(from, stop.signal))
        if (versions.push(`${object.metadata.name} ${object.apiVersion}`) === names.length) break;
      return versions;
    };
    assert.deepEqual(
      await Promise.all([told(core), told(modern)]),
      ['v1', 'events.k8s.io/v1'].map((version) => names.map((name) => `${name} ${version}`)),
    );
  });

  it('lets autoscaling/v1 read what autoscaling/v2 wrote', async () => {
    const base = (version: string) =>
      `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
    const body = {
      metadata: { name: 'h' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        maxReplicas: 3,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
          },
        ],
      },
    };
    const made = await bench.call('POST', base('v2'), { body });
    assert.equal(made.status, 201, made.text);
    const { json } = await bench.call('GET', `${base('v1')}/h`);
    assert.equal(json.apiVersion, 'autoscaling/v1');
    assert.equal(json.spec.targetCPUUtilizationPercentage, 50);
    const changed = await bench.call('PATCH', `${base('v1')}/h`, {
      body: { spec: { maxReplicas: 5 } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    assert.equal(changed.status, 200, changed.text);
    const { json: v2 } = await bench.call('GET', `${base('v2')}/h`);
    assert.equal(v2.spec.maxReplicas, 5);
    assert.deepEqual(v2.spec.metrics, body.spec.metrics);
  });
});
