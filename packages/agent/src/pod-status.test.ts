import assert from 'node:assert/strict';

import type { Container, ContainerStatus, Pod, PodStatus } from '@berth/api';
import fc from 'fast-check';

import { podPhase } from './pod-phase.ts';
import { emptyRuntime } from './pod-runtime.ts';
import type { ContainerInfo, PodRuntimeStatus } from './pod-runtime.ts';
import { finalStatus, podStatus } from './pod-status.ts';
import type { StatusInput } from './pod-status.ts';
import { makePod } from './testing/index.ts';

const now = Date.parse('2026-01-02T03:04:05Z');

const container = (name: string, over: Partial<Container> = {}): Container => ({
  name,
  image: 'i',
  ...over,
});

const info = (over: Partial<ContainerInfo> = {}): ContainerInfo => ({
  id: 'id',
  name: 'c',
  sandboxId: 's',
  state: 'running',
  attempt: 0,
  restartCount: 0,
  hash: '',
  createdAt: now - 2000,
  startedAt: now - 1000,
  finishedAt: 0,
  exitCode: 0,
  reason: '',
  message: '',
  image: 'i:1',
  imageId: 'sha256:i',
  logPath: '',
  ...over,
});

const runtimeOf = (...containers: ContainerInfo[]): PodRuntimeStatus => ({
  ...emptyRuntime('u', 'default', 'a'),
  sandboxes: [{ id: 's', attempt: 0, ready: true, createdAt: 0, ips: ['10.0.0.1', 'fd00::1'] }],
  containers,
});

const statusOf = (over: Partial<StatusInput> & { pod?: Pod } = {}): PodStatus =>
  podStatus({
    pod: makePod(),
    runtime: runtimeOf(),
    runtimeName: 'containerd',
    previous: undefined,
    waiting: new Map(),
    healthOf: () => ({ started: true, ready: true }),
    hostIps: ['192.168.0.1'],
    now,
    mayRun: true,
    ...over,
  });

const condition = (status: PodStatus, type: string) =>
  status.conditions?.find((candidate) => candidate.type === type);

describe('podStatus', () => {
  it('shows a running container', () => {
    const [shown] = statusOf({ runtime: runtimeOf(info()) }).containerStatuses ?? [];
    assert.deepEqual(shown, {
      name: 'c',
      image: 'i:1',
      imageID: 'sha256:i',
      containerID: 'containerd://id',
      restartCount: 0,
      state: { running: { startedAt: '2026-01-02T03:04:04Z' } },
      lastState: {},
      started: true,
      ready: true,
    });
  });

  it('shows how a container ended, and the one before it', () => {
    const end = { state: 'exited', finishedAt: now, reason: 'Error' } as const;
    const runtime = runtimeOf(
      info({ ...end, id: 'two', exitCode: 2, restartCount: 1, message: 'last word' }),
      info({ ...end, id: 'one', exitCode: 1 }),
    );
    const [shown] = statusOf({ runtime }).containerStatuses ?? [];
    assert.deepEqual(shown?.state?.terminated, {
      exitCode: 2,
      reason: 'Error',
      message: 'last word',
      startedAt: '2026-01-02T03:04:04Z',
      finishedAt: '2026-01-02T03:04:05Z',
      containerID: 'containerd://two',
    });
    assert.equal(shown.lastState?.terminated?.containerID, 'containerd://one');
    assert.deepEqual([shown.ready, shown.started], [false, false]);
  });

  it('says why a container waits, and moves its end aside', () => {
    const runtime = runtimeOf(info({ state: 'exited', exitCode: 1 }));
    const waiting = new Map([['c', { reason: 'CrashLoopBackOff', message: 'm' }]]);
    const [shown] = statusOf({ runtime, waiting }).containerStatuses ?? [];
    assert.deepEqual(shown?.state, { waiting: { reason: 'CrashLoopBackOff', message: 'm' } });
    assert.equal(shown.lastState?.terminated?.exitCode, 1);
    const pod = makePod({ spec: { restartPolicy: 'Never' } });
    const [over] = statusOf({ pod, runtime, waiting }).containerStatuses ?? [];
    assert.ok(over?.state?.terminated);
  });

  it('infers that a container has ended when the runtime forgot it', () => {
    const first = statusOf({ runtime: runtimeOf(info()) });
    const [shown] = statusOf({ previous: first }).containerStatuses ?? [];
    assert.equal(shown?.lastState?.terminated?.reason, 'ContainerStatusUnknown');
    assert.equal(shown.lastState.terminated.exitCode, 137);
    assert.equal(shown.restartCount, 1);
    assert.equal(shown.state?.waiting?.reason, 'ContainerCreating');
  });

  it('keeps the end of a container when the runtime forgot it', () => {
    const runtime = runtimeOf(info({ state: 'exited', exitCode: 5 }));
    const first = statusOf({ runtime });
    const [shown] = statusOf({ previous: first }).containerStatuses ?? [];
    assert.equal(shown?.state?.terminated?.exitCode, 5);
  });

  it('takes a forgotten init container of an initialized pod for done', () => {
    const pod = makePod({ spec: { initContainers: [container('i')] } });
    const status = statusOf({ pod, runtime: runtimeOf(info()) });
    assert.equal(status.initContainerStatuses?.[0]?.state?.terminated?.reason, 'Completed');
    assert.equal(status.phase, 'Running');
    assert.equal(condition(status, 'Initialized')?.status, 'True');
  });

  it('gives addresses, of the node for pods on its network', () => {
    const { podIP, podIPs, hostIP } = statusOf();
    assert.deepEqual([podIP, hostIP], ['10.0.0.1', '192.168.0.1']);
    assert.deepEqual(podIPs, [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }]);
    const pod = makePod({ spec: { hostNetwork: true } });
    assert.equal(statusOf({ pod }).podIP, '192.168.0.1');
  });

  it('keeps transition times while a condition stays as it is', () => {
    const first = statusOf({ now: now - 9000 });
    const second = statusOf({ previous: first, runtime: runtimeOf(info()) });
    assert.equal(condition(second, 'PodScheduled')?.lastTransitionTime, '2026-01-02T03:03:56Z');
    assert.equal(condition(second, 'Ready')?.lastTransitionTime, '2026-01-02T03:04:05Z');
    assert.equal(second.startTime, '2026-01-02T03:03:56Z');
  });

  it('leaves the conditions of others alone', () => {
    const foreign = { type: 'x.io/y', status: 'False', lastTransitionTime: 't' };
    const pod = makePod({ status: { conditions: [foreign] } });
    assert.deepEqual(condition(statusOf({ pod }), 'x.io/y'), foreign);
  });

  it('hides a terminal phase while something may run, and never leaves one', () => {
    const pod = makePod({ spec: { restartPolicy: 'Never' } });
    const runtime = runtimeOf(info({ state: 'exited' }));
    const running = statusOf({ pod, runtime: runtimeOf(info()) });
    assert.equal(statusOf({ pod, runtime, previous: running }).phase, 'Running');
    const done = statusOf({ pod, runtime, previous: running, mayRun: false });
    assert.equal(done.phase, 'Succeeded');
    assert.equal(condition(done, 'Ready')?.reason, 'PodCompleted');
    assert.equal(statusOf({ pod, previous: done, mayRun: false }).phase, 'Succeeded');
  });

  it('fails a pod by verdict', () => {
    const verdict = { reason: 'DeadlineExceeded', message: 'late' };
    const status = statusOf({ ending: { verdict }, mayRun: false, runtime: runtimeOf(info()) });
    assert.deepEqual(
      [status.phase, status.reason, status.message],
      ['Failed', 'DeadlineExceeded', 'late'],
    );
  });

  it('lists app containers by name and init containers in order', () => {
    const pod = makePod({
      spec: {
        initContainers: [container('z'), container('b')],
        containers: [container('y'), container('a')],
      },
    });
    const { initContainerStatuses = [], containerStatuses = [] } = statusOf({ pod });
    assert.deepEqual(
      [...initContainerStatuses, ...containerStatuses].map(({ name }) => name),
      ['z', 'b', 'a', 'y'],
    );
  });

  it('is the same again when nothing changed', () => {
    const runtime = runtimeOf(info());
    const first = statusOf({ runtime });
    assert.deepEqual(statusOf({ runtime, previous: first, now: now + 1e6 }), first);
  });
});

describe('finalStatus', () => {
  it('marks what never ended as lost and fails the pod', () => {
    const status = finalStatus(statusOf({ runtime: runtimeOf(info()) }), now);
    assert.equal(status.phase, 'Failed');
    assert.equal(status.containerStatuses?.[0]?.state?.terminated?.exitCode, 137);
    assert.equal(condition(status, 'Ready')?.reason, 'PodFailed');
  });

  it('leaves alone what was never begun', () => {
    const pod = makePod({ spec: { initContainers: [container('i'), container('j')] } });
    const runtime = runtimeOf(info({ name: 'i' }));
    const status = finalStatus(statusOf({ pod, runtime }), now);
    assert.equal(status.initContainerStatuses?.[0]?.state?.terminated?.exitCode, 137);
    assert.equal(status.initContainerStatuses[1]?.state?.waiting?.reason, 'PodInitializing');
    assert.equal(status.containerStatuses?.[0]?.state?.waiting?.reason, 'PodInitializing');
  });

  it('keeps the phase of a pod that is over', () => {
    const pod = makePod({ spec: { restartPolicy: 'Never' } });
    const runtime = runtimeOf(info({ state: 'exited' }));
    const status = statusOf({ pod, runtime, mayRun: false });
    assert.deepEqual(finalStatus(status, now), status);
  });
});

describe('podPhase', () => {
  const running: ContainerStatus['state'] = { running: {} };
  const waiting: ContainerStatus['state'] = { waiting: {} };
  const exit = (exitCode: number): ContainerStatus['state'] => ({ terminated: { exitCode } });
  const one = (name: string, state: ContainerStatus['state'], over = {}): ContainerStatus => ({
    name,
    image: '',
    imageID: '',
    ready: false,
    restartCount: 0,
    ...(state && { state }),
    ...over,
  });
  const phase = (
    policy: string,
    states: Readonly<Record<string, ContainerStatus['state']>>,
    { ending = false, initialized = false } = {},
  ) => {
    const names = Object.keys(states);
    const of = (kind: string) => names.filter((name) => name.startsWith(kind));
    const pod = makePod({
      spec: {
        restartPolicy: policy,
        initContainers: [
          ...of('i').map((name) => container(name)),
          ...of('s').map((name) => container(name, { restartPolicy: 'Always' })),
        ],
        containers: of('c').map((name) => container(name)),
      },
    });
    const statuses = names.map((name) => one(name, states[name], { started: true }));
    return podPhase({ pod, statuses, ending, initialized });
  };

  const cases: readonly (readonly [string, ...Parameters<typeof phase>])[] = [
    ['Pending', 'Always', { c: waiting }],
    ['Running', 'Always', { c: running }],
    ['Running', 'Always', { c: exit(0) }],
    ['Running', 'OnFailure', { c: exit(1) }],
    ['Succeeded', 'OnFailure', { c: exit(0) }],
    ['Succeeded', 'Never', { c1: exit(0), c2: exit(0) }],
    ['Failed', 'Never', { c1: exit(0), c2: exit(1) }],
    ['Running', 'Never', { c1: exit(1), c2: running }],
    ['Pending', 'Never', { c1: running, c2: waiting }],
    ['Pending', 'Always', { i: running, c: waiting }],
    ['Failed', 'Never', { i: exit(1), c: waiting }],
    ['Pending', 'Always', { i: exit(1), c: waiting }],
    ['Pending', 'Always', { i: exit(0), c: waiting }],
    ['Running', 'Always', { i: exit(0), c: running }],
    ['Running', 'Always', { s: running, c: running }],
    ['Running', 'Always', { s: running, c: running }],
    ['Succeeded', 'Never', { s: exit(137), c: exit(0) }],
    ['Running', 'Never', { s: running, c: exit(0) }],
    ['Succeeded', 'Always', { c: exit(0) }, { ending: true }],
    ['Failed', 'Always', { c: exit(1) }, { ending: true }],
  ];
  for (const [expected, ...given] of cases) {
    it(`is ${expected} for ${JSON.stringify(given)}`, () => {
      assert.equal(phase(...given), expected);
    });
  }

  it('never ends while a container runs', () => {
    const state = fc.constantFrom(running, waiting, exit(0), exit(1));
    const policy = fc.constantFrom('Always', 'OnFailure', 'Never');
    fc.assert(
      fc.property(policy, fc.array(state, { minLength: 1, maxLength: 3 }), (restart, states) => {
        const given = Object.fromEntries(states.map((s, index) => [`c${index}`, s]));
        const found = phase(restart, { ...given, c9: running });
        assert.ok(found === 'Pending' || found === 'Running');
      }),
    );
  });
});
