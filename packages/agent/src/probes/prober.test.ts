import assert from 'node:assert/strict';

import type { Container } from '@berth/api';
import { createFakeClock } from '@berth/component-base/testing';
import type { FakeClock } from '@berth/component-base/testing';

import { createPodEvents } from '../pod-events.ts';
import { emptyRuntime } from '../pod-runtime.ts';
import type { ContainerInfo, PodRuntimeStatus } from '../pod-runtime.ts';
import { createMemoryControlPlane, makePod } from '../testing/index.ts';
import type { MemoryControlPlane } from '../testing/index.ts';
import type { ProbeResult } from './probe-result.ts';
import { createProber } from './prober.ts';
import type { Prober } from './prober.ts';

const probe = { exec: { command: ['x'] }, periodSeconds: 5, timeoutSeconds: 2 };

describe('prober', () => {
  let clock: FakeClock;
  let controlPlane: MemoryControlPlane;
  let prober: Prober;
  let asked: string[];
  let reached: string[];
  let woken: number;
  let answer: (kind: string) => Promise<ProbeResult> | ProbeResult;

  beforeEach(() => {
    clock = createFakeClock();
    controlPlane = createMemoryControlPlane(clock);
    [asked, reached, woken] = [[], [], 0];
    answer = () => ({ outcome: 'success', output: '' });
    prober = createProber({
      clock,
      events: createPodEvents(controlPlane.recorder),
      hostIps: ['192.168.0.1'],
      onChange: () => void (woken += 1),
      async run({ probe, podIp }) {
        reached.push(podIp);
        const kind = probe.exec?.command?.[0] ?? '';
        asked.push(kind);
        return answer(kind);
      },
    });
  });

  const named = (name: string, over = {}) => ({ ...probe, exec: { command: [name] }, ...over });
  const info = (over: Partial<ContainerInfo> = {}): ContainerInfo => ({
    id: 'id',
    name: 'c',
    sandboxId: 's',
    state: 'running',
    attempt: 0,
    restartCount: 0,
    hash: '',
    createdAt: 0,
    startedAt: clock.now(),
    finishedAt: 0,
    exitCode: 0,
    reason: '',
    message: '',
    image: '',
    imageId: '',
    logPath: '',
    ...over,
  });
  const runtimeOf = (...containers: ContainerInfo[]): PodRuntimeStatus => ({
    ...emptyRuntime('u', 'default', 'a'),
    sandboxes: [{ id: 's', attempt: 0, ready: true, createdAt: 0, ips: ['10.0.0.1'] }],
    containers,
  });
  const podWith = (container: Partial<Container>) =>
    makePod({ metadata: { uid: 'u' }, spec: { containers: [{ name: 'c', ...container }] } });
  const health = (id = 'id') => prober.healthOf('u', info({ id }));

  it('asks at once, and then once a period', async () => {
    prober.follow(podWith({ readinessProbe: named('r') }), runtimeOf(info()), [], false);
    assert.deepEqual(health(), { started: true, ready: false });
    await clock.advance(0);
    assert.deepEqual(health(), { started: true, ready: true });
    assert.equal(woken, 1);
    await clock.advance(15_000);
    assert.equal(asked.length, 4);
    assert.equal(woken, 1);
  });

  it('waits for the initial delay, counted from the start of the container', async () => {
    const readinessProbe = named('r', { initialDelaySeconds: 10 });
    const started = info({ startedAt: clock.now() - 4000 });
    prober.follow(podWith({ readinessProbe }), runtimeOf(started), [], false);
    await clock.advance(5999);
    assert.equal(asked.length, 0);
    await clock.advance(1);
    assert.equal(asked.length, 1);
  });

  it('keeps the others waiting until the startup probe has succeeded', async () => {
    const container = {
      startupProbe: named('s'),
      livenessProbe: named('l'),
      readinessProbe: named('r'),
    };
    answer = (kind) => ({
      outcome: kind === 's' && asked.length < 3 ? 'failure' : 'success',
      output: '',
    });
    prober.follow(podWith(container), runtimeOf(info()), [], false);
    await clock.advance(9000);
    assert.deepEqual(asked, ['s', 's']);
    assert.deepEqual(health(), { started: false, ready: false });
    await clock.advance(1000);
    assert.deepEqual([...asked].sort(), ['l', 'r', 's', 's', 's']);
    assert.deepEqual(health(), { started: true, ready: true });
    await clock.advance(60_000);
    assert.equal(asked.filter((kind) => kind === 's').length, 3);
  });

  it('reports a dead container once and then holds', async () => {
    answer = () => ({ outcome: 'failure', output: 'no' });
    const livenessProbe = named('l', { failureThreshold: 2 });
    prober.follow(podWith({ livenessProbe }), runtimeOf(info()), [], false);
    assert.deepEqual(prober.verdicts('u').get('id'), { liveness: 'success' });
    await clock.advance(60_000);
    assert.deepEqual(prober.verdicts('u').get('id'), { liveness: 'failure' });
    assert.deepEqual([asked.length, woken], [2, 1]);
    assert.equal(controlPlane.events[0]?.message, 'Liveness probe failed: no');
    assert.equal(controlPlane.events[0].fieldPath, 'spec.containers{c}');
  });

  it('gives up on an answer that does not come', async () => {
    answer = () => new Promise(() => undefined);
    const signals: AbortSignal[] = [];
    const slow = createProber({
      clock,
      events: createPodEvents(controlPlane.recorder),
      hostIps: ['192.168.0.1'],
      onChange: () => undefined,
      run: (_request, signal) =>
        new Promise((_resolve, reject) => {
          signals.push(signal);
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    });
    slow.follow(podWith({ readinessProbe: named('r') }), runtimeOf(info()), [], false);
    await clock.advance(2000);
    assert.equal(signals[0]?.aborted, true);
    assert.equal(controlPlane.events[0]?.message, 'Readiness probe failed: probe timed out');
    slow.forget('u');
  });

  it('forgets containers that run no longer', async () => {
    const pod = podWith({ readinessProbe: named('r') });
    prober.follow(pod, runtimeOf(info()), [], false);
    await clock.advance(0);
    prober.follow(pod, runtimeOf(info({ state: 'exited' })), [], false);
    assert.deepEqual(health(), { started: false, ready: false });
    prober.follow(pod, runtimeOf(info({ id: 'next' })), [], false);
    await clock.advance(5000);
    assert.deepEqual([health('next').ready, asked.length], [true, 3]);
    prober.forget('u');
    assert.equal(clock.pending(), 0);
  });

  it('believes what was known of a container before the agent was there', () => {
    const pod = podWith({ startupProbe: named('s'), readinessProbe: named('r') });
    const known = {
      name: 'c',
      image: '',
      imageID: '',
      restartCount: 0,
      containerID: 'x://id',
      ready: true,
      started: true,
    };
    prober.follow(pod, runtimeOf(info()), [known], false);
    assert.deepEqual(health(), { started: true, ready: true });
    prober.forget('u');
  });

  it('reaches pods on the network of the node at its address', async () => {
    const pod = podWith({ readinessProbe: named('r') });
    const onNode = { ...pod, spec: { ...pod.spec, hostNetwork: true } };
    prober.follow(onNode, runtimeOf(info()), [], false);
    await clock.advance(0);
    assert.deepEqual(reached, ['192.168.0.1']);
    prober.forget('u');
  });

  it('only looks at the readiness of a pod that ends', async () => {
    const pod = podWith({ livenessProbe: named('l'), readinessProbe: named('r') });
    prober.follow(pod, runtimeOf(info()), [], false);
    await clock.advance(0);
    prober.follow(pod, runtimeOf(info()), [], true);
    asked.length = 0;
    await clock.advance(10_000);
    assert.deepEqual(asked, ['r', 'r']);
  });

  it('changes nothing when a probe cannot be run', async () => {
    answer = () => {
      throw new Error('no runtime');
    };
    const livenessProbe = named('l', { failureThreshold: 1 });
    prober.follow(podWith({ livenessProbe }), runtimeOf(info()), [], false);
    await clock.advance(10_000);
    assert.deepEqual(prober.verdicts('u').get('id'), { liveness: 'success' });
    assert.match(controlPlane.events[0]?.message ?? '', /errored and resulted in unknown state/);
  });
});
