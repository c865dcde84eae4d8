import assert from 'node:assert/strict';
import type { CronJob, Job, PodDisruptionBudget, StatefulSet } from '@berth/api';
import { eventuallyHolds } from '../eventually.ts';
import type { Cluster } from '../testing/cluster.ts';
import type { Kubectl } from '../testing/kubectl.ts';
import { newNamespace, simulatedCluster } from './clusters.ts';

/** What upstream's tables are headed by: always, and with `-o wide`. */
const columns: Readonly<Record<string, readonly [string, string]>> = {
  persistentvolumes: [
    'NAME CAPACITY ACCESS MODES RECLAIM POLICY STATUS CLAIM STORAGECLASS VOLUMEATTRIBUTESCLASS REASON AGE',
    'NAME CAPACITY ACCESS MODES RECLAIM POLICY STATUS CLAIM STORAGECLASS VOLUMEATTRIBUTESCLASS REASON AGE VOLUMEMODE',
  ],
  persistentvolumeclaims: [
    'NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE',
    'NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE VOLUMEMODE',
  ],
  statefulsets: ['NAME READY AGE', 'NAME READY AGE CONTAINERS IMAGES'],
  daemonsets: [
    'NAME DESIRED CURRENT READY UP-TO-DATE AVAILABLE NODE SELECTOR AGE',
    'NAME DESIRED CURRENT READY UP-TO-DATE AVAILABLE NODE SELECTOR AGE CONTAINERS IMAGES SELECTOR',
  ],
  componentstatuses: ['NAME STATUS MESSAGE ERROR', 'NAME STATUS MESSAGE ERROR'],
  controllerrevisions: ['NAME CONTROLLER REVISION AGE', 'NAME CONTROLLER REVISION AGE'],
  jobs: [
    'NAME STATUS COMPLETIONS DURATION AGE',
    'NAME STATUS COMPLETIONS DURATION AGE CONTAINERS IMAGES SELECTOR',
  ],
  cronjobs: [
    'NAME SCHEDULE TIMEZONE SUSPEND ACTIVE LAST SCHEDULE AGE',
    'NAME SCHEDULE TIMEZONE SUSPEND ACTIVE LAST SCHEDULE AGE CONTAINERS IMAGES SELECTOR',
  ],
  poddisruptionbudgets: [
    'NAME MIN AVAILABLE MAX UNAVAILABLE ALLOWED DISRUPTIONS AGE',
    'NAME MIN AVAILABLE MAX UNAVAILABLE ALLOWED DISRUPTIONS AGE',
  ],
};

const image = 'berth.dev/sample:1';
/** Nothing of it runs: what is asked here is what the server itself does. */
const manifests = (name: string) => `
apiVersion: v1
kind: PersistentVolume
metadata: {name: ${name}}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /data}, storageClassName: none}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: other}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  replicas: 0
  serviceName: web
  updateStrategy: {type: OnDelete}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: "${image}"}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      nodeSelector: {nowhere: "yes"}
      containers: [{name: main, image: "${image}"}]
`;

describe('kubectl and the kinds of workloads and volumes', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let namespace: string;
  let k: (...args: readonly string[]) => Promise<string>;

  before(async function () {
    cluster = await simulatedCluster(this);
    ({ kubectl } = cluster);
    namespace = await newNamespace(cluster);
    k = (...args) => kubectl('-n', namespace, ...args);
    await kubectl.feed(manifests(namespace), '-n', namespace, 'apply', '-f', '-');
    await k('create', 'cronjob', 'nightly', `--image=${image}`, '--schedule=0 0 1 1 *');
    await k('create', 'job', 'once', `--image=${image}`, '--', 'true');
    await k('create', 'pdb', 'web', '--selector=app=web', '--min-available=50%');
  });
  const read = <T>(...args: readonly string[]) => kubectl.json<T>('-n', namespace, 'get', ...args);

  for (const [kind, [narrow, wide]] of Object.entries(columns)) {
    it(`heads ${kind} as upstream does`, async () => {
      const heading = async (...flags: readonly string[]) =>
        (await k('get', kind, ...flags)).split('\n')[0]?.replace(/\s+/g, ' ').trim();
      assert.equal(await heading(), narrow);
      assert.equal(await heading('-o', 'wide'), wide);
    });
  }

  it('create jobs, also from cron jobs, with labels of their own', async () => {
    const once = await read<Job>('job', 'once');
    const { uid } = once.metadata;
    assert.equal(once.spec.selector?.matchLabels?.['batch.kubernetes.io/controller-uid'], uid);
    await k('create', 'job', 'now', '--from=cronjob/nightly');
    const now = await read<Job>('job', 'now');
    assert.equal(now.metadata.ownerReferences?.[0]?.kind, 'CronJob');
    assert.equal(now.spec.template.spec?.restartPolicy, 'OnFailure');
    await k('patch', 'cronjob', 'nightly', '-p', '{"spec":{"suspend":true}}');
    const nightly = await read<CronJob>('cronjob', 'nightly');
    assert.equal(nightly.spec.suspend, true);
    assert.equal(nightly.metadata.generation, 2);
  });

  it('create disruption budgets', async () => {
    const { spec } = await read<PodDisruptionBudget>('pdb', 'web');
    assert.deepEqual(spec, { minAvailable: '50%', selector: { matchLabels: { app: 'web' } } });
  });

  it('scale and restart stateful sets and daemon sets', async () => {
    await k('scale', 'statefulset', 'web', '--replicas=1', '--current-replicas=0');
    assert.equal((await read<StatefulSet>('sts', 'web')).spec.replicas, 1);
    await k('scale', 'sts/web', '--replicas=0');
    for (const name of ['statefulset/web', 'daemonset/agent']) {
      await k('rollout', 'restart', name);
      const { spec } = await read<StatefulSet>(name);
      assert.ok(spec.template.metadata?.annotations?.['kubectl.kubernetes.io/restartedAt'], name);
    }
    await k('set', 'image', 'statefulset/web', 'main=berth.dev/sample:2');
    assert.match(await k('get', 'sts', '-o', 'wide'), /berth\.dev\/sample:2/);
  });

  it('roll stateful sets back to a state of before', async () => {
    // As it was applied, and what came of it since.
    await eventuallyHolds(async () => {
      const history = await k('rollout', 'history', 'statefulset/web');
      assert.match(history, /^REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>$/m);
    });
    assert.match(
      await k('rollout', 'history', 'statefulset/web', '--revision=1'),
      /Image:\s+berth\.dev\/sample:1/,
    );
    await k('rollout', 'undo', 'statefulset/web', '--to-revision=1');
    const { spec } = await read<StatefulSet>('sts', 'web');
    assert.equal(spec.template.spec?.containers[0]?.image, image);
    assert.match(await k('get', 'controllerrevisions'), /^web-\w+ +statefulset\.apps\/web +\d /m);
  });

  it('show what a claim and a volume are', async () => {
    assert.match(await k('describe', 'pvc', 'data'), /^StorageClass: +other$/m);
    assert.match(
      await k('describe', 'pv', namespace),
      /^Finalizers: +\[kubernetes\.io\/pv-protection\]$/m,
    );
    assert.match(
      await k('get', 'pv', namespace),
      new RegExp(`^${namespace} +1Gi +RWO +Retain `, 'm'),
    );
  });

  it('know the queues of the project as any other kind', async () => {
    const queue = `
apiVersion: scheduling.berth.dev/v1
kind: Queue
metadata: {name: ${namespace}}
spec: {cohort: research, weight: 2, nominalQuota: {cpu: 4, memory: 0.5Gi}}
`;
    await kubectl.feed(queue, 'apply', '--server-side', '-f', '-');
    await kubectl.feed(queue, 'apply', '--server-side', '-f', '-');
    assert.match(
      await kubectl('get', 'q', namespace),
      new RegExp(
        '^NAME +COHORT +WEIGHT +ALLOCATED +SHARE +ADMITTED +PENDING +AGE\n' +
          `${namespace} +research +2 +cpu: 0/4, memory: 0/512Mi +0% +0 +0 +\\d+s`,
      ),
    );
    assert.match(await kubectl('explain', 'queue.spec.preemption'), /^ +withinQueue\t<string>$/m);
    await assert.rejects(
      kubectl('patch', 'queue', namespace, '--type=merge', '-p', '{"spec":{"weight":0}}'),
      /spec\.weight: Invalid value: 0: must be greater than 0/,
    );
    await kubectl('delete', 'queue', namespace);
  });

  it('tell that the control plane is well', async () => {
    const text = await kubectl('get', 'cs');
    for (const name of ['controller-manager', 'scheduler', 'etcd-0'])
      assert.match(text, new RegExp(`^${name} +Healthy +ok *$`, 'm'));
  });

  it('are part of what belongs to everything', async () => {
    const all = await k('get', 'all', '-o', 'name');
    for (const name of ['statefulset.apps/web', 'daemonset.apps/agent', 'job.batch/once'])
      assert.match(all, new RegExp(`^${name}$`, 'm'));
    assert.match(all, /^cronjob\.batch\/nightly$/m);
  });

  after(async () => {
    await kubectl('delete', 'pv', namespace, '--wait=false');
  });
});
