import assert from 'node:assert/strict';
import type { Deployment } from '@berth/api';
import { eventually } from '../eventually.ts';
import type { Cluster } from '../testing/cluster.ts';
import type { Kubectl } from '../testing/kubectl.ts';
import { newNamespace, simulatedCluster } from './clusters.ts';
import { deployment, pod } from './manifests.ts';

const patience = { withinMs: 60_000, everyMs: 50 };

describe('kubectl follows', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let namespace: string;
  let k: (...args: readonly string[]) => Promise<string>;

  before(async function () {
    cluster = await simulatedCluster(this);
    ({ kubectl } = cluster);
  });
  beforeEach(async () => {
    namespace = await newNamespace(cluster);
    k = (...args) => kubectl('-n', namespace, ...args);
  });
  const apply = (text: string) => kubectl.feed(text, '-n', namespace, 'apply', '-f', '-');

  it('watches a pod through its life', async () => {
    const watch = kubectl.start([
      '-n',
      namespace,
      'get',
      'pods',
      '--watch',
      '--no-headers',
      '--output-watch-events',
    ]);
    try {
      await apply(pod('one'));
      await eventually(() => /^MODIFIED +one +1\/1 +Running/m.test(watch.stdout()), patience);
      await k('delete', 'pod', 'one');
      await eventually(() => /^DELETED +one/m.test(watch.stdout()), patience);
      assert.match(watch.stdout(), /^ADDED +one +0\/1 +Pending/m);
    } finally {
      await watch.stop();
    }
  });

  it('watches one object as JSON', async () => {
    await k('create', 'configmap', 'c', '--from-literal=a=1');
    const watch = kubectl.start([
      '-n',
      namespace,
      'get',
      'cm',
      'c',
      '--watch-only',
      '-o',
      'jsonpath={.data.a}{"\\n"}',
    ]);
    try {
      // The watch begins at some time: write until it has seen one.
      let n = 1;
      await eventually(async () => {
        n += 1;
        await k('patch', 'cm', 'c', '-p', `{"data":{"a":"${n}"}}`);
        return watch.stdout().includes('\n');
      }, patience);
    } finally {
      await watch.stop();
    }
  });

  it('waits for conditions, fields, creation and deletion', async () => {
    const created = kubectl.attempt([
      '-n',
      namespace,
      'wait',
      '--for=create',
      'pod/late',
      '--timeout=60s',
    ]);
    await apply(pod('late'));
    assert.equal((await created).code, 0);
    assert.match(
      await k('wait', '--for=condition=Ready', 'pod/late', '--timeout=60s'),
      /condition met/,
    );
    await k('wait', '--for=jsonpath={.status.phase}=Running', 'pod/late', '--timeout=60s');
    const gone = kubectl.attempt([
      '-n',
      namespace,
      'wait',
      '--for=delete',
      'pod/late',
      '--timeout=60s',
    ]);
    await k('delete', 'pod', 'late', '--wait=false');
    assert.equal((await gone).code, 0);
    await apply(pod('never'));
    const never = await kubectl.attempt([
      '-n',
      namespace,
      'wait',
      '--for=condition=Nothing',
      'pod/never',
      '--timeout=1s',
    ]);
    assert.equal(never.code, 1);
    assert.match(never.stderr, /timed out waiting for the condition/);
  });

  it('rolls out, tells the history, rolls back, and restarts', async () => {
    await apply(deployment('web'));
    const status = () => k('rollout', 'status', 'deploy/web', '--timeout=90s');
    assert.match(await status(), /deployment "web" successfully rolled out/);
    await k('annotate', 'deploy/web', 'kubernetes.io/change-cause=first');
    await k('set', 'image', 'deploy/web', 'web=berth.dev/sample:2');
    assert.match(await status(), /successfully rolled out/);
    await k('annotate', 'deploy/web', 'kubernetes.io/change-cause=second', '--overwrite');
    await eventually(
      async () => /2 +second/.test(await k('rollout', 'history', 'deploy/web')),
      patience,
    );
    const history = await k('rollout', 'history', 'deploy/web');
    assert.match(history, /^REVISION +CHANGE-CAUSE\n1 +first\n2 +second\n/m);
    assert.match(
      await k('rollout', 'history', 'deploy/web', '--revision=1'),
      /Image:\s+berth\.dev\/sample:1/,
    );
    assert.match(await k('rollout', 'undo', 'deploy/web'), /rolled back/);
    await status();
    const image = () =>
      k('get', 'deploy', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}');
    assert.equal(await image(), 'berth.dev/sample:1');
    await k('rollout', 'undo', 'deploy/web', '--to-revision=2');
    await status();
    assert.equal(await image(), 'berth.dev/sample:2');
    const pods = async () =>
      (await k('get', 'pods', '-l', 'app=web', '-o', 'name')).split('\n').sort();
    const before = await pods();
    await k('rollout', 'restart', 'deploy/web');
    await status();
    await eventually(
      async () => (await pods()).every((name) => !name || !before.includes(name)),
      patience,
    );
  });

  it('pauses and resumes', async () => {
    await apply(deployment('web'));
    await k('rollout', 'status', 'deploy/web', '--timeout=90s');
    await k('rollout', 'pause', 'deploy/web');
    await k('set', 'image', 'deploy/web', 'web=berth.dev/sample:3');
    await eventually(async () => {
      const { metadata, status } = await kubectl.json<Deployment>(
        '-n',
        namespace,
        'get',
        'deploy',
        'web',
      );
      return status?.observedGeneration === metadata.generation;
    }, patience);
    assert.equal((await k('get', 'rs', '-o', 'name')).trim().split('\n').length, 1);
    await k('rollout', 'resume', 'deploy/web');
    await k('rollout', 'status', 'deploy/web', '--timeout=90s');
    assert.equal((await k('get', 'rs', '-o', 'name')).trim().split('\n').length, 2);
  });

  it('sees events of an object', async () => {
    await apply(pod('one'));
    await k('wait', '--for=condition=Ready', 'pod/one', '--timeout=60s');
    await eventually(
      async () =>
        /Normal +Scheduled[^]*Normal +Started/.test(await k('events', '--for', 'pod/one')),
      patience,
    );
  });
});
