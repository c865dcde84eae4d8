import assert from 'node:assert/strict';
import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import type { PodSandboxConfig } from '../cri.ts';
import { createSimulatedCri } from './runtime.ts';

describe('simulated runtime', () => {
  const clock = createFakeClock();
  const cri = createSimulatedCri({
    clock,
    logger: silentLogger,
    podCidr: '10.9.0.0/24',
    images: ['app:1'],
    logs: 'none',
  });
  const { runtime } = cri;
  let count = 0;

  async function create(annotations: Record<string, string>, command: readonly string[] = []) {
    const prefixed = Object.entries(annotations).map(([key, value]) => [
      `simulate.berth.dev/${key}`,
      value,
    ]);
    const name = `pod-${++count}`;
    const config: PodSandboxConfig = {
      metadata: { name, uid: name, namespace: 'default', attempt: 0 },
      logDirectory: '/nowhere',
      labels: {},
      annotations: Object.fromEntries(prefixed) as Record<string, string>,
    };
    const sandbox = await runtime.runPodSandbox(config, '');
    const container = {
      metadata: { name: 'main', attempt: 0 },
      image: { image: 'app:1' },
      command,
      labels: { name },
      annotations: {},
      logPath: 'main/0.log',
    };
    return { sandbox, config, id: await runtime.createContainer(sandbox, container, config) };
  }
  const run = async (annotations: Record<string, string>, command?: readonly string[]) => {
    const made = await create(annotations, command);
    await runtime.startContainer(made.id);
    return made;
  };
  const end = async (id: string) => {
    const { state, exitCode, reason } = await runtime.containerStatus(id);
    return state === 'CONTAINER_EXITED' ? { exitCode, reason } : state;
  };

  it('ends a container when it is told to', async () => {
    const { id } = await run({ 'exit-after': '30s', 'exit-code': '2' });
    await clock.advance(29_999);
    assert.equal(await end(id), 'CONTAINER_RUNNING');
    await clock.advance(1);
    assert.deepEqual(await end(id), { exitCode: 2, reason: 'Error' });
    const { startedAt, finishedAt } = await runtime.containerStatus(id);
    assert.equal(finishedAt - startedAt, 30e9);
  });

  it('reports a container that ran out of memory', async () => {
    const { id } = await run({ 'oom-after': '1s' });
    await clock.advance(1000);
    assert.deepEqual(await end(id), { exitCode: 137, reason: 'OOMKilled' });
  });

  it('starts a container as late as it is told to', async () => {
    const { id } = await create({ 'start-delay': '5s' });
    const started = runtime.startContainer(id);
    await clock.advance(4999);
    assert.equal(await end(id), 'CONTAINER_CREATED');
    await clock.advance(1);
    await started;
    assert.equal(await end(id), 'CONTAINER_RUNNING');
  });

  it('ends a container that is stopped while it starts', async () => {
    const { id } = await create({ 'start-delay': '5s' });
    const started = assert.rejects(runtime.startContainer(id));
    await runtime.stopContainer(id, 0);
    await started;
    assert.deepEqual(await end(id), { exitCode: 128, reason: 'StartError' });
  });

  it('takes its time to stop, and at most the grace', async () => {
    const slow = await run({ 'stop-delay': '3s' });
    const stubborn = await run({ 'ignore-term': 'true' });
    const stopped = [slow, stubborn].map(({ id }) => runtime.stopContainer(id, 10));
    await clock.advance(0);
    await clock.advance(2999);
    assert.equal(await end(slow.id), 'CONTAINER_RUNNING');
    await clock.advance(1);
    assert.deepEqual(await end(slow.id), { exitCode: 0, reason: 'Completed' });
    await clock.advance(6999);
    assert.equal(await end(stubborn.id), 'CONTAINER_RUNNING');
    await clock.advance(1);
    assert.deepEqual(await end(stubborn.id), { exitCode: 137, reason: 'Error' });
    await Promise.all(stopped);
  });

  it('counts the CPU that is declared', async () => {
    const { config } = await run({ cpu: '500m, 2@10s', memory: '1Mi' });
    const look = async () => {
      const [stats] = await runtime.listContainerStats({ labels: { name: config.metadata.name } });
      return [stats?.cpu?.usageCoreNanoSeconds, stats?.memory?.workingSetBytes];
    };
    assert.deepEqual(await look(), [0, 2 ** 20]);
    await clock.advance(20_000);
    assert.deepEqual(await look(), [25e9, 2 ** 20]);
  });

  it('answers on the address of a pod once it is ready', async () => {
    const { sandbox } = await run({ 'ready-after': '5s' });
    const ip = (await runtime.podSandboxStatus(sandbox)).network!.ip;
    assert.equal(cri.answers(ip), false);
    await clock.advance(5000);
    assert.equal(cri.answers(ip), true);
    await runtime.stopPodSandbox(sandbox);
    assert.equal(cri.answers(ip), false);
  });

  it('fails to run a sandbox or pull an image when it is told to', async () => {
    const annotations = {
      'simulate.berth.dev/sandbox-error': 'no network',
      'simulate.berth.dev/pull-error': 'denied',
    };
    const metadata = { name: 'x', uid: 'x', namespace: 'default', attempt: 0 };
    const config = { metadata, logDirectory: '', labels: {}, annotations };
    await assert.rejects(runtime.runPodSandbox(config, ''), /no network/);
    await assert.rejects(cri.images.pullImage({ image: 'a:1' }, undefined, config), /denied/);
    const free = { ...config, annotations: {} };
    const ref = await cri.images.pullImage({ image: 'a:1' }, undefined, free);
    assert.equal((await cri.images.imageStatus({ image: 'a:1' }))?.id, ref);
  });

  it('leaves no timer behind when everything is removed', async () => {
    const made = await Promise.all([
      run({ 'exit-after': '1h' }),
      run({}, ['sleep', '3600']),
      run({}),
    ]);
    const exec = runtime.execSync(made[2].id, ['sh', '-c', 'sleep 600 & echo'], 30);
    assert.equal((await exec).exitCode, 0);
    for (const { id } of await runtime.listPodSandbox()) await runtime.removePodSandbox(id);
    await clock.advance(0);
    assert.equal(clock.pending(), 0);
  });
});
