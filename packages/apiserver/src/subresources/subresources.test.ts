import assert from 'node:assert/strict';
import { pods } from '@berth/api';
import type { Pod } from '@berth/api';
import { strategies } from '../registry/index.ts';
import { createBench } from '../registry/testing/exchange.ts';
import type { Bench } from '../registry/testing/exchange.ts';

const namespace = '/api/v1/namespaces/default';
const deployments = '/apis/apps/v1/namespaces/default/deployments';

const pod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});
const deployment = (name: string) => ({
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: pod('').spec },
  },
});

describe('subresources', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = createBench(strategies);
  });
  afterEach(() => bench.registry.close());
  const post = (path: string, body: unknown) => bench.call('POST', path, { body });
  const readPod = (name: string): Promise<Pod | undefined> =>
    bench.registry.store(pods).find({ namespace: 'default', name });

  describe('pods/binding', () => {
    const bind = (name: string, node: string, metadata: object = { name }) =>
      post(`${namespace}/pods/${name}/binding`, {
        metadata,
        target: { kind: 'Node', name: node },
      });

    it('gives a pod its node once', async () => {
      await post(`${namespace}/pods`, pod('a'));
      const first = await bind('a', 'n1', { name: 'a', annotations: { x: 'y' } });
      assert.equal(first.status, 201);
      assert.equal(first.json.status, 'Success');
      const bound = await readPod('a');
      assert.equal(bound?.spec.nodeName, 'n1');
      assert.deepEqual(bound.metadata.annotations, { x: 'y' });
      assert.deepEqual(
        bound.status?.conditions?.map(({ type, status: is }) => [type, is]),
        [['PodScheduled', 'True']],
      );
      const second = await bind('a', 'n2');
      assert.equal(second.status, 409);
      assert.equal(
        second.json.message,
        'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "n1"',
      );
    });

    it('is also taken by the collection of bindings', async () => {
      await post(`${namespace}/pods`, pod('a'));
      const body = { metadata: { name: 'a' }, target: { kind: 'Node', name: 'n1' } };
      assert.equal((await post(`${namespace}/bindings`, body)).status, 201);
      assert.equal((await readPod('a'))?.spec.nodeName, 'n1');
      assert.equal((await bench.call('GET', `${namespace}/bindings`)).status, 405);
    });

    it('is won by one of many', async () => {
      await post(`${namespace}/pods`, pod('a'));
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => bind('a', `n${i}`)));
      assert.equal(answers.filter(({ status }) => status === 201).length, 1);
      assert.equal(answers.filter(({ status }) => status === 409).length, 19);
    });

    it('is refused for what is gated, wrong or missing', async () => {
      await post(`${namespace}/pods`, pod('a', { schedulingGates: [{ name: 'g' }] }));
      assert.match((await bind('a', 'n1')).json.message, /has non-empty \.spec\.schedulingGates/);
      assert.equal((await bind('b', 'n1')).status, 404);
      assert.equal((await bind('a', '')).status, 422);
      assert.match(
        (await bind('a', 'n1', { name: 'z' })).json.message,
        /name in URL does not match/,
      );
      const other = await bind('a', 'n1', { name: 'a', uid: 'other' });
      assert.match(other.json.message, /UID in precondition: other/);
    });
  });

  it('pods/eviction deletes the pod, and says why in it', async () => {
    await post(`${namespace}/pods`, pod('a', { nodeName: 'n1' }));
    const { status, json } = await post(`${namespace}/pods/a/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'a' },
      deleteOptions: { gracePeriodSeconds: 5 },
    });
    assert.equal(status, 201);
    assert.equal(json.status, 'Success');
    const evicted = await readPod('a');
    assert.equal(evicted?.metadata.deletionGracePeriodSeconds, 5);
    assert.equal(evicted.status?.conditions?.at(-1)?.type, 'DisruptionTarget');
  });

  describe('pods/eviction under a budget', () => {
    const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    const evict = (name: string, more: object = {}) =>
      post(`${namespace}/pods/${name}/eviction`, { metadata: { name }, ...more });
    const readBudget = async () => (await bench.call('GET', `${budgets}/web`)).json.status;
    const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    const merge = { 'content-type': 'application/merge-patch+json' };
    const setStatus = (path: string, status: object) =>
      bench.call('PATCH', `${path}/status`, { headers: merge, body: { status } });

    beforeEach(async () => {
      await post(budgets, {
        metadata: { name: 'web' },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
      });
      for (const name of ['a', 'b', 'c']) {
        const labels = { app: 'web' };
        await post(`${namespace}/pods`, {
          ...pod(name, { nodeName: 'n' }),
          metadata: { name, labels },
        });
        await setStatus(`${namespace}/pods/${name}`, ready);
      }
    });

    it('waits for a controller, and then spends what there is', async () => {
      const early = await evict('a');
      assert.equal(early.status, 429);
      assert.match(
        JSON.stringify(early.json.details),
        /web is still being processed by the server/,
      );
      const health = { currentHealthy: 3, desiredHealthy: 1, expectedPods: 3 };
      await setStatus(`${budgets}/web`, {
        observedGeneration: 1,
        disruptionsAllowed: 1,
        ...health,
      });
      const dryRun = { deleteOptions: { dryRun: ['All'] } };
      assert.equal((await evict('a', dryRun)).status, 201);
      assert.equal((await readBudget())['disruptionsAllowed'], 1);
      const answers = await Promise.all(['a', 'b', 'c'].map((name) => evict(name)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 429, 429]);
      assert.equal((await readBudget())['disruptionsAllowed'], 0);
      assert.equal(Object.keys((await readBudget())['disruptedPods'] ?? {}).length, 1);
      const refused = answers.find(({ status }) => status === 429);
      assert.deepEqual(refused?.json.details?.causes, [
        {
          reason: 'DisruptionBudget',
          message: 'The disruption budget web needs 1 healthy pods and has 3 currently',
        },
      ]);
    });

    it('does not hold pods that are over, and needs to know which budget', async () => {
      await setStatus(`${namespace}/pods/a`, { phase: 'Succeeded' });
      assert.equal((await evict('a')).status, 201);
      await post(budgets, { metadata: { name: 'more' }, spec: { selector: {} } });
      const several = await evict('b');
      assert.equal(several.status, 500);
      assert.match(several.json.message, /^This pod has more than one PodDisruptionBudget/);
      assert.equal((await evict('nobody')).status, 404);
      const other = await post(`${namespace}/pods/b/eviction`, { metadata: { name: 'c' } });
      assert.equal(other.json.message, 'name in URL does not match name in Eviction object');
    });
  });

  it('namespaces/finalize removes a namespace with its last finalizer', async () => {
    await post('/api/v1/namespaces', { metadata: { name: 'x' } });
    const { json } = await bench.call('DELETE', '/api/v1/namespaces/x');
    assert.equal(json.status.phase, 'Terminating');
    const kept = await bench.call('PUT', '/api/v1/namespaces/x', { body: { ...json, spec: {} } });
    assert.deepEqual(kept.json.spec.finalizers, ['kubernetes']);
    const last = await bench.call('PUT', '/api/v1/namespaces/x/finalize', {
      body: { ...kept.json, spec: {} },
    });
    assert.equal(last.status, 200);
    assert.equal((await bench.call('GET', '/api/v1/namespaces/x')).status, 404);
  });

  describe('scale', () => {
    beforeEach(() => post(deployments, deployment('web')));
    const scale = `${deployments}/web/scale`;

    it('shows and sets the number of replicas, with or without a version', async () => {
      const shown = await bench.call('GET', scale);
      assert.equal(shown.json.kind, 'Scale');
      assert.equal(shown.json.apiVersion, 'autoscaling/v1');
      assert.deepEqual(shown.json.spec, { replicas: 2 });
      assert.deepEqual(shown.json.status, { replicas: 0, selector: 'app=web' });
      const body = { ...shown.json, spec: { replicas: 3 } };
      const set = await bench.call('PUT', scale, { body });
      assert.deepEqual(set.json.spec, { replicas: 3 });
      assert.equal((await bench.call('PUT', scale, { body })).status, 409);
      const blind = await bench.call('PUT', scale, {
        body: { metadata: { name: 'web' }, spec: { replicas: 4 } },
      });
      assert.equal(blind.status, 200);
      const { json } = await bench.call('GET', `${deployments}/web`);
      assert.equal(json.spec.replicas, 4);
      assert.equal(json.metadata.generation, 3);
    });

    it('is patched', async () => {
      const { json, status } = await bench.call('PATCH', scale, {
        body: { spec: { replicas: 7 } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      assert.equal(status, 200);
      assert.deepEqual(json.spec, { replicas: 7 });
    });

    it('cannot be less than none', async () => {
      const body = { metadata: { name: 'web' }, spec: { replicas: -1 } };
      const { status, json } = await bench.call('PUT', scale, { body });
      assert.equal(status, 422);
      assert.match(
        json.message,
        /spec\.replicas: Invalid value: -1: must be greater than or equal to 0/,
      );
    });
  });

  it('pods/ephemeralcontainers adds containers and never takes one away', async () => {
    await post(`${namespace}/pods`, pod('a', { nodeName: 'n1' }));
    const path = `${namespace}/pods/a/ephemeralcontainers`;
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    const body = { spec: { ephemeralContainers: [{ name: 'debug', image: 'i' }] } };
    const added = await bench.call('PATCH', path, { body, headers });
    assert.equal(added.status, 200, added.text);
    const { json } = await bench.call('GET', path);
    const removed = await bench.call('PUT', path, {
      body: { ...json, spec: { ...json.spec, ephemeralContainers: [] } },
    });
    assert.equal(removed.status, 422);
    assert.match(removed.json.message, /existing ephemeral containers "debug" may not be removed/);
  });

  describe('pods/resize', () => {
    const path = `${namespace}/pods/a/resize`;
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    const resources = {
      requests: { cpu: '100m', memory: '64Mi' },
      limits: { cpu: '200m', memory: '64Mi' },
    };
    const init = { limits: { cpu: '1', memory: '1Mi' } };
    const make = (...more: readonly object[]) =>
      post(`${namespace}/pods`, {
        metadata: { name: 'a' },
        spec: {
          initContainers: [{ name: 'i', image: 'i', resources: init }],
          containers: [{ name: 'c', image: 'i', resources }, ...more],
        },
      });
    const patch = (container: object, list = 'containers') =>
      bench.call('PATCH', path, { body: { spec: { [list]: [container] } }, headers });
    const ask = (resources: object) => patch({ name: 'c', resources });

    it('changes resources, and nothing else, and raises the generation', async () => {
      await make();
      const answer = await patch({
        name: 'c',
        image: 'another',
        resources: { requests: { cpu: '150m' }, limits: { cpu: '300m', memory: '128Mi' } },
        resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }],
      });
      assert.equal(answer.status, 200, answer.text);
      const pod = await readPod('a');
      const [container] = pod!.spec.containers;
      assert.deepEqual(container?.resources, {
        requests: { cpu: '150m', memory: '64Mi' },
        limits: { cpu: '300m', memory: '128Mi' },
      });
      assert.equal(container.image, 'i');
      assert.equal(pod!.metadata.generation, 2);
      const again = await ask({ requests: { cpu: '150m' } });
      assert.equal(again.json.metadata.generation, 2);
      assert.equal((await bench.call('GET', path)).json.kind, 'Pod');
    });

    it('refuses to change how firmly the pod holds its resources', async () => {
      await make();
      const { status, json } = await ask({ requests: { cpu: '200m' } });
      assert.equal(status, 422);
      assert.match(
        json.message,
        /spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing/,
      );
    });

    const refusals: readonly (readonly [string, () => ReturnType<typeof ask>, RegExp])[] = [
      [
        'a request that goes',
        () => patch({ name: 'd', resources: { requests: { memory: null } } }),
        /spec\.containers\[1\]\.resources\.requests: Forbidden: resource requests cannot be removed/,
      ],
      [
        'a limit that goes',
        () => ask({ limits: null }),
        /spec\.containers\[0\]\.resources\.limits: Forbidden: resource limits cannot be removed/,
      ],
      [
        'other resources',
        () => ask({ limits: { 'ephemeral-storage': '1Gi' } }),
        /spec: Forbidden: only cpu and memory resources are mutable/,
      ],
      [
        'a request above the limit',
        () => ask({ requests: { cpu: '1' } }),
        /must be less than or equal to cpu limit of 200m/,
      ],
      [
        'another container',
        () => patch({ name: 'e', image: 'i' }),
        /spec\.containers: Forbidden: containers may not be renamed or reordered on resize/,
      ],
      [
        'an init container',
        () => patch({ name: 'i', resources: { limits: { cpu: '2' } } }, 'initContainers'),
        /resources for non-sidecar init containers are immutable/,
      ],
    ];
    for (const [what, call, message] of refusals)
      it(`refuses ${what}`, async () => {
        await make({ name: 'd', image: 'i', resources: { requests: { memory: '1Mi' } } });
        const { status, json } = await call();
        assert.equal(status, 422, json.message);
        assert.match(json.message, message);
      });
  });

  it('answers 404 for a part that a resource does not have', async () => {
    assert.equal((await bench.call('GET', `${namespace}/configmaps/a/status`)).status, 404);
    assert.equal((await bench.call('DELETE', `${namespace}/pods/a/status`)).status, 405);
  });
});
