import assert from 'node:assert/strict';
import { serviceAccounts } from '@berth/api';
import type { KubeObject, Pod, PodGroup } from '@berth/api';
import { createFakeClock } from '@berth/component-base/testing';
import { strategies } from '../registry/index.ts';
import { createBench } from '../registry/testing/exchange.ts';
import type { Answer, Bench } from '../registry/testing/exchange.ts';
import type { UserInfo } from '../request.ts';
import { defaultAdmission } from './index.ts';

const parts = { clock: createFakeClock(), random: () => 0.5, newUid: () => 'uid' };

const node: UserInfo = {
  name: 'system:node:n1',
  groups: ['system:nodes', 'system:authenticated'],
};

const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});

const podOf = ({ json }: Answer) => json as unknown as Pod;

describe('admission', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = createBench(strategies, { admission: defaultAdmission(parts) });
    await create('/api/v1/namespaces', { metadata: { name: 'default' } });
    await create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  });
  afterEach(() => bench.registry.close());

  const post = (path: string, body: unknown, user?: UserInfo) =>
    bench.call('POST', path, { body, ...(user && { user }) });
  async function create(path: string, body: unknown) {
    const answer = await post(path, body);
    assert.equal(answer.status, 201, answer.text);
    return answer;
  }
  const postPod = (body: unknown, user?: UserInfo) =>
    post('/api/v1/namespaces/default/pods', body, user);

  describe('NamespaceLifecycle', () => {
    it('refuses a namespace that is not there', async () => {
      const { status, json } = await post('/api/v1/namespaces/x/configmaps', {
        metadata: { name: 'a' },
      });
      assert.equal(status, 404);
      assert.equal(json.message, 'namespaces "x" not found');
    });

    it('refuses new content while a namespace ends', async () => {
      await create('/api/v1/namespaces', { metadata: { name: 'x' } });
      await bench.call('DELETE', '/api/v1/namespaces/x');
      const { status, json } = await post('/api/v1/namespaces/x/configmaps', {
        metadata: { name: 'a' },
      });
      assert.equal(status, 403);
      assert.equal(
        json.message,
        'configmaps "a" is forbidden: unable to create new content in namespace x because it is being terminated',
      );
      assert.equal(json.details?.causes?.[0]?.reason, 'NamespaceTerminating');
    });

    it('keeps the namespaces that clusters need', async () => {
      const { status, json } = await bench.call('DELETE', '/api/v1/namespaces/default');
      assert.equal(status, 403);
      assert.match(json.message, /this namespace may not be deleted/);
    });
  });

  describe('ServiceAccount', () => {
    it('mounts the token of the default account', async () => {
      const { spec } = podOf(
        await postPod(pod('a', { initContainers: [{ name: 'i', image: 'i' }] })),
      );
      assert.equal(spec.serviceAccountName, 'default');
      const [volume] = spec.volumes ?? [];
      assert.match(volume?.name ?? '', /^kube-api-access-[a-z0-9]{5}$/);
      assert.deepEqual(volume?.projected, {
        defaultMode: 420,
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          {
            downwardAPI: {
              items: [
                {
                  path: 'namespace',
                  fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
                },
              ],
            },
          },
        ],
      });
      for (const container of [...spec.containers, ...(spec.initContainers ?? [])])
        assert.deepEqual(container.volumeMounts, [
          {
            name: volume.name,
            readOnly: true,
            mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
          },
        ]);
    });

    it('lets pods and accounts do without', async () => {
      const own = podOf(await postPod(pod('a', { automountServiceAccountToken: false })));
      assert.equal(own.spec.volumes, undefined);
      await create('/api/v1/namespaces/default/serviceaccounts', {
        metadata: { name: 'shy' },
        automountServiceAccountToken: false,
        imagePullSecrets: [{ name: 's' }],
      });
      const shy = podOf(await postPod(pod('b', { serviceAccountName: 'shy' })));
      assert.equal(shy.spec.volumes, undefined);
      assert.deepEqual(shy.spec.imagePullSecrets, [{ name: 's' }]);
    });

    it('refuses an account that is not there', async () => {
      const { status, json } = await postPod(pod('a', { serviceAccountName: 'x' }));
      assert.equal(status, 403);
      assert.equal(
        json.message,
        'pods "a" is forbidden: error looking up service account default/x: serviceaccount "x" not found',
      );
    });
  });

  describe('RuntimeClass', () => {
    const classes = '/apis/node.k8s.io/v1/runtimeclasses';
    const notFound = 'pods "a" is forbidden: pod rejected: RuntimeClass "kata" not found';
    const withClass = () => postPod(pod('a', { runtimeClassName: 'kata' }));

    it('refuses a pod whose class is not there', async () => {
      const { status, json } = await withClass();
      assert.deepEqual([status, json.message], [403, notFound]);
    });

    it('refuses one whose class has been deleted', async () => {
      await create(classes, { metadata: { name: 'kata' }, handler: 'kata' });
      assert.equal((await withClass()).status, 201);
      for (const path of ['/api/v1/namespaces/default/pods/a', `${classes}/kata`])
        assert.equal((await bench.call('DELETE', path)).status, 200);
      const { status, json } = await withClass();
      assert.deepEqual([status, json.message], [403, notFound]);
    });
  });

  describe('PodTopologyLabels', () => {
    const zone = 'topology.kubernetes.io/zone';
    const region = 'topology.kubernetes.io/region';
    const labels = { [zone]: 'z', [region]: 'r', 'kubernetes.io/hostname': 'n1' };
    const bind = (name: string, node: string) =>
      create(`/api/v1/namespaces/default/pods/${name}/binding`, {
        metadata: { name },
        target: { kind: 'Node', name: node },
      });
    const labelsOf = async (name: string) =>
      (await bench.call('GET', `/api/v1/namespaces/default/pods/${name}`)).json.metadata.labels;
    beforeEach(async () => {
      await create('/api/v1/nodes', { metadata: { name: 'n1', labels } });
      await create('/api/v1/nodes', { metadata: { name: 'n2' } });
    });

    it('labels a pod with the place of the node that it is bound to', async () => {
      await postPod(pod('a', {}, { labels: { app: 'x', [zone]: 'elsewhere' } }));
      await bind('a', 'n1');
      assert.deepEqual(await labelsOf('a'), { app: 'x', [zone]: 'z', [region]: 'r' });
    });

    it('and one that is made on a node', async () => {
      await postPod(pod('a', { nodeName: 'n1' }));
      assert.deepEqual(await labelsOf('a'), { [zone]: 'z', [region]: 'r' });
    });

    it('leaves pods of other nodes as they are', async () => {
      await postPod(pod('a', {}, { labels: { app: 'x' } }));
      await bind('a', 'n2');
      await postPod(pod('b', { nodeName: 'nobody' }));
      assert.deepEqual([await labelsOf('a'), await labelsOf('b')], [{ app: 'x' }, undefined]);
    });
  });

  describe('Priority', () => {
    const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';

    it('is nothing special without a class', async () => {
      const { spec } = podOf(await postPod(pod('a')));
      assert.equal(spec.priority, 0);
      assert.equal(spec.preemptionPolicy, 'PreemptLowerPriority');
    });

    it('comes from the named or the default class', async () => {
      await create(classes, { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' });
      await create(classes, { metadata: { name: 'usual' }, value: 5, globalDefault: true });
      const high = podOf(await postPod(pod('a', { priorityClassName: 'high' })));
      assert.deepEqual([high.spec.priority, high.spec.preemptionPolicy], [1000, 'Never']);
      const usual = podOf(await postPod(pod('b')));
      assert.deepEqual([usual.spec.priority, usual.spec.priorityClassName], [5, 'usual']);
      const second = await post(classes, {
        metadata: { name: 'x' },
        value: 1,
        globalDefault: true,
      });
      assert.match(second.json.message, /PriorityClass usual is already marked as default/);
    });

    it('is that of a pod group as well', async () => {
      const groups = '/apis/scheduling.k8s.io/v1alpha2/namespaces/default/podgroups';
      const group = (name: string, spec = {}) => ({
        metadata: { name },
        spec: { schedulingPolicy: { basic: {} }, ...spec },
      });
      const specOf = async (name: string, spec = {}) =>
        ((await create(groups, group(name, spec))).json as unknown as PodGroup).spec;
      await create(classes, { metadata: { name: 'high' }, value: 1000 });
      assert.equal((await specOf('a')).priority, 0);
      await create(classes, { metadata: { name: 'usual' }, value: 5, globalDefault: true });
      const usual = await specOf('b');
      assert.deepEqual([usual.priority, usual.priorityClassName], [5, 'usual']);
      assert.equal((await specOf('c', { priorityClassName: 'high' })).priority, 1000);
      assert.equal(
        (await specOf('d', { priorityClassName: 'high', priority: 1000 })).priority,
        1000,
      );
      const other = await post(groups, group('e', { priorityClassName: 'high', priority: 9999 }));
      assert.match(other.json.message, /priority \(9999\) must not be provided in pod group spec/);
      const unknown = await post(groups, group('e', { priorityClassName: 'x' }));
      assert.match(unknown.json.message, /no PriorityClass with name x was found/);
      const was = (await bench.call('GET', `${groups}/c`)).json;
      const same = await bench.call('PUT', `${groups}/c`, { body: was });
      assert.equal(same.status, 200, same.text);
    });

    it('cannot be made up', async () => {
      const unknown = await postPod(pod('a', { priorityClassName: 'x' }));
      assert.equal(
        unknown.json.message,
        'pods "a" is forbidden: no PriorityClass with name x was found',
      );
      const number = await postPod(pod('a', { priority: 7 }));
      assert.match(
        number.json.message,
        /the integer value of priority \(7\) must not be provided in pod spec/,
      );
    });
  });

  it('lets pods tolerate a lost node for five minutes, unless they say otherwise', async () => {
    const forever = {
      key: 'node.kubernetes.io/not-ready',
      operator: 'Exists',
      effect: 'NoExecute',
    };
    const { spec } = podOf(await postPod(pod('a', { tolerations: [forever] })));
    assert.deepEqual(spec.tolerations, [
      forever,
      {
        key: 'node.kubernetes.io/unreachable',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      },
    ]);
  });

  it('taints a new node until its conditions are known', async () => {
    const { json } = await create('/api/v1/nodes', { metadata: { name: 'n1' } });
    assert.deepEqual(json.spec.taints, [
      { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
    ]);
  });

  describe('NodeRestriction', () => {
    const labels = { 'kubernetes.io/hostname': 'n1', team: 'a' };

    it('lets a node make its own Node, with labels about the machine', async () => {
      const own = await post('/api/v1/nodes', { metadata: { name: 'n1', labels } }, node);
      assert.equal(own.status, 201);
      const other = await post('/api/v1/nodes', { metadata: { name: 'n2' } }, node);
      assert.equal(other.status, 403);
      assert.match(other.json.message, /node "n1" is not allowed to modify node "n2"/);
    });

    it('keeps it from giving itself labels and taints that steer pods', async () => {
      const forged = {
        metadata: { name: 'n1', labels: { 'node-restriction.kubernetes.io/x': 'y' } },
      };
      const { json } = await post('/api/v1/nodes', forged, node);
      assert.match(
        json.message,
        /is not allowed to set the following labels: node-restriction\.kubernetes\.io\/x/,
      );
      const made = await create('/api/v1/nodes', { metadata: { name: 'n1' } });
      const put = (change: object) =>
        bench.call('PUT', '/api/v1/nodes/n1', { body: { ...made.json, ...change }, user: node });
      const tainted = await put({ spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } });
      assert.match(tainted.json.message, /node "n1" is not allowed to modify taints/);
      const labelled = await put({
        metadata: {
          ...made.json.metadata,
          labels: { 'node.kubernetes.io/x': 'y', 'x.k8s.io/a': 'b' },
        },
      });
      assert.match(labelled.json.message, /not allowed to modify labels: x\.k8s\.io\/a/);
    });

    it('lets it write the status of its pods only', async () => {
      for (const [name, nodeName] of [
        ['mine', 'n1'],
        ['other', 'n2'],
      ] as const) {
        const made = await postPod(pod(name, { nodeName }));
        const { json } = made;
        const path = `/api/v1/namespaces/default/pods/${name}/status`;
        const body = { ...json, status: { ...podOf(made).status, phase: 'Running' } };
        const { status } = await bench.call('PUT', path, { body, user: node });
        assert.equal(status, name === 'mine' ? 200 : 403);
      }
      const plain = await postPod(pod('x', { nodeName: 'n1' }), node);
      assert.match(plain.json.message, /can only create mirror pods/);
    });

    it('gives it tokens only for pods that it runs', async () => {
      const made = await postPod(pod('a', { nodeName: 'n2' }));
      const token = (boundObjectRef?: object) =>
        bench.registry.admission.validate({
          operation: 'CREATE',
          type: serviceAccounts,
          subresource: 'token',
          namespace: 'default',
          name: 'default',
          object: { metadata: {}, spec: { boundObjectRef } } as unknown as KubeObject,
          user: node,
          dryRun: false,
          warn: () => undefined,
        });
      await assert.rejects(token(), /node requested token not bound to a pod/);
      const { uid } = made.json.metadata;
      await assert.rejects(
        token({ apiVersion: 'v1', kind: 'Pod', name: 'a', uid }),
        /node requested token bound to a pod scheduled on a different node/,
      );
    });

    it('keeps it to its own lease', async () => {
      const leases = (namespace: string) =>
        `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
      await create('/api/v1/namespaces', { metadata: { name: 'kube-node-lease' } });
      const own = await post(leases('kube-node-lease'), { metadata: { name: 'n1' } }, node);
      assert.equal(own.status, 201);
      const foreign = await post(leases('default'), { metadata: { name: 'n1' } }, node);
      assert.match(
        foreign.json.message,
        /can only access leases in the "kube-node-lease" system namespace/,
      );
    });
  });
});
