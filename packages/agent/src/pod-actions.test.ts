import assert from 'node:assert/strict';

import type { Container, Pod } from '@berth/api';
import fc from 'fast-check';

import type { CrashBackoff } from './crash-backoff.ts';
import { containerHash } from './cri-labels.ts';
import { planPod } from './pod-actions.ts';
import { isIdle } from './pod-plan.ts';
import type { ContainerProbes, PodPlan } from './pod-plan.ts';
import { activeOf, byAge, emptyRuntime, isStopped, latestOf } from './pod-runtime.ts';
import type { ContainerInfo, PodRuntimeStatus, SandboxInfo } from './pod-runtime.ts';
import { findContainer, isSidecar } from './pod-spec.ts';
import { makePod } from './testing/index.ts';

const minute = 60_000;

/** A runtime as data, that does what a plan says. */
function createWorld(pod: Pod) {
  let now = 1_000_000;
  let ids = 0;
  let sandboxes: readonly SandboxInfo[] = [];
  let containers: readonly ContainerInfo[] = [];
  const attempts = new Map<string, number>();
  const backoffs = new Map<string, CrashBackoff>();
  const probes = new Map<string, ContainerProbes>();

  const { uid, name, namespace = '' } = pod.metadata;
  const runtime = (): PodRuntimeStatus => ({
    ...emptyRuntime(uid, namespace, name),
    sandboxes: [...sandboxes].sort(byAge),
    containers: [...containers].sort(byAge),
  });
  const change = (id: string, next: Partial<ContainerInfo>) => {
    containers = containers.map((c) => (c.id === id ? { ...c, ...next } : c));
  };
  const exit = (id: string, exitCode: number) =>
    change(id, { state: 'exited', exitCode, finishedAt: now });

  const plan = (ending?: { graceSeconds: number }): PodPlan =>
    planPod({
      pod,
      runtime: runtime(),
      probes,
      now,
      attempts,
      backoffs,
      ...(ending && { ending }),
    });

  const createSandbox = (attempt: number) => {
    attempts.set('', attempt);
    const id = `sandbox-${++ids}`;
    sandboxes = [...sandboxes, { id, attempt, ready: true, createdAt: ++now, ips: ['10.0.0.1'] }];
    return id;
  };

  const create = (sandboxId: string, start: PodPlan['start'][number], state = 'running') => {
    const container = findContainer(pod, start.name)?.container;
    assert.ok(container);
    const taken = containers.some((c) => c.name === start.name && c.attempt === start.attempt);
    assert.ok(!taken, `attempt ${start.attempt} of ${start.name} is used twice`);
    attempts.set(start.name, start.attempt);
    if (start.backoff) backoffs.set(start.name, start.backoff);
    const info: ContainerInfo = {
      id: `container-${++ids}`,
      name: start.name,
      sandboxId,
      state: state as ContainerInfo['state'],
      attempt: start.attempt,
      restartCount: start.restartCount,
      hash: containerHash(container),
      createdAt: ++now,
      startedAt: now,
      finishedAt: 0,
      exitCode: 0,
      reason: '',
      message: '',
      image: '',
      imageId: '',
      logPath: '',
    };
    containers = [...containers, info];
    return info.id;
  };

  const apply = (decided: PodPlan) => {
    for (const { id } of decided.stop) exit(id, 143);
    const stopped = decided.stopSandboxes;
    sandboxes = sandboxes.map((s) => (stopped.includes(s.id) ? { ...s, ready: false } : s));
    const { removeContainers, removeSandboxes } = decided;
    containers = containers.filter(
      (c) => !removeContainers.includes(c.id) && !removeSandboxes.includes(c.sandboxId),
    );
    sandboxes = sandboxes.filter((s) => !removeSandboxes.includes(s.id));
    const sandboxId = decided.createSandbox
      ? createSandbox(decided.createSandbox.attempt)
      : decided.sandboxId;
    for (const start of decided.start) {
      assert.ok(sandboxId !== undefined);
      create(sandboxId, start);
    }
  };

  return {
    pod,
    runtime,
    plan,
    apply,
    exit,
    change,
    create,
    probes,
    backoffs,
    wait: (ms: number) => (now += ms),
    now: () => now,
    breakSandboxes() {
      sandboxes = sandboxes.map((s) => ({ ...s, ready: false }));
      for (const { id, state } of containers) if (state === 'running') exit(id, 137);
    },
    addSandbox: (over: Partial<SandboxInfo>) => {
      const id = createSandbox((attempts.get('') ?? -1) + 1);
      sandboxes = sandboxes.map((s) => (s.id === id ? { ...s, ...over } : s));
      return id;
    },
    /** Applies plans until there is nothing to do. */
    settle() {
      for (let step = 0; step < 30; step += 1) {
        const next = plan();
        if (isIdle(next)) return;
        apply(next);
      }
      assert.fail('the plan never comes to rest');
    },
    running: () =>
      containers
        .filter(({ state }) => state === 'running')
        .map(({ name }) => name)
        .sort(),
    idOf(name: string) {
      const found = latestOf(runtime(), name);
      assert.ok(found, `no container ${name}`);
      return found.id;
    },
  };
}

const container = (name: string, over: Partial<Container> = {}): Container => ({
  name,
  image: 'i',
  ...over,
});

const sidecar = (name: string, over: Partial<Container> = {}) =>
  container(name, { restartPolicy: 'Always', ...over });

describe('planPod', () => {
  it('starts a new pod in a new sandbox', () => {
    const world = createWorld(makePod());
    const plan = world.plan();
    assert.equal(plan.createSandbox?.attempt, 0);
    assert.deepEqual(plan.start, [{ name: 'c', kind: 'app', attempt: 0, restartCount: 0 }]);
    world.settle();
    assert.deepEqual(world.running(), ['c']);
  });

  it('runs init containers one after the other, each to its end', () => {
    const world = createWorld(
      makePod({ spec: { initContainers: [container('one'), container('two')] } }),
    );
    world.settle();
    assert.deepEqual(world.running(), ['one']);
    world.exit(world.idOf('one'), 0);
    world.settle();
    assert.deepEqual(world.running(), ['two']);
    world.exit(world.idOf('two'), 0);
    world.settle();
    assert.deepEqual(world.running(), ['c']);
  });

  it('goes on past a sidecar that has started, and keeps it running', () => {
    const startupProbe = { exec: { command: ['true'] } };
    const world = createWorld(
      makePod({ spec: { initContainers: [sidecar('side', { startupProbe }), container('one')] } }),
    );
    world.settle();
    assert.deepEqual(world.running(), ['side']);
    world.probes.set(world.idOf('side'), { startup: 'success' });
    world.settle();
    assert.deepEqual(world.running(), ['one', 'side']);
    world.exit(world.idOf('side'), 0);
    world.settle();
    assert.deepEqual(world.running(), ['one', 'side']);
    world.exit(world.idOf('one'), 0);
    world.settle();
    assert.deepEqual(world.running(), ['c', 'side']);
  });

  it('gives up when an init container fails and nothing may restart', () => {
    const spec = { initContainers: [container('one')], restartPolicy: 'Never' };
    const world = createWorld(makePod({ spec }));
    world.settle();
    world.exit(world.idOf('one'), 3);
    world.settle();
    assert.ok(isStopped(world.runtime()));
  });

  it('does not run init containers again when a finished one was removed', () => {
    const world = createWorld(makePod({ spec: { initContainers: [container('one')] } }));
    world.settle();
    world.exit(world.idOf('one'), 0);
    world.settle();
    const [one] = world.runtime().containers.filter(({ name }) => name === 'one');
    world.apply({ ...world.plan(), removeContainers: [one?.id ?? ''] });
    assert.ok(isIdle(world.plan()));
  });

  it('restarts a crashing container with a growing back-off', () => {
    const world = createWorld(makePod());
    world.settle();
    world.exit(world.idOf('c'), 1);
    // The first crash costs nothing.
    assert.equal(world.plan().start[0]?.restartCount, 1);
    world.settle();
    for (const delay of [10, 20, 40, 80, 160, 300, 300]) {
      world.exit(world.idOf('c'), 1);
      const [wait] = world.plan().waiting;
      assert.equal(wait?.until, world.now() + delay * 1000);
      assert.match(wait.message, /^back-off .* restarting failed container=c pod=a_default/);
      world.wait(delay * 1000);
      world.settle();
      assert.deepEqual(world.running(), ['c']);
    }
    world.wait(11 * minute);
    world.exit(world.idOf('c'), 1);
    assert.equal(world.plan().start.length, 1);
  });

  it('kills and restarts what fails its liveness or startup probe, with the grace of the probe', () => {
    const livenessProbe = { exec: { command: ['x'] }, terminationGracePeriodSeconds: 5 };
    const world = createWorld(
      makePod({ spec: { containers: [container('c', { livenessProbe })] } }),
    );
    world.settle();
    world.probes.set(world.idOf('c'), { liveness: 'failure' });
    const plan = world.plan();
    assert.deepEqual(plan.stop, [
      {
        id: world.idOf('c'),
        name: 'c',
        wave: 0,
        reason: 'LivenessProbe',
        message: 'Container c failed liveness probe, will be restarted',
        graceSeconds: 5,
      },
    ]);
    assert.equal(plan.start[0]?.restartCount, 1);
  });

  it('replaces a container whose image changed, whatever the restart policy', () => {
    const world = createWorld(makePod({ spec: { restartPolicy: 'Never' } }));
    world.settle();
    world.change(world.idOf('c'), { hash: 'old' });
    assert.equal(world.plan().stop[0]?.reason, 'Changed');
    assert.equal(world.plan().start.length, 1);
  });

  it('makes a new sandbox with the next attempt and runs init containers again', () => {
    const world = createWorld(makePod({ spec: { initContainers: [container('one')] } }));
    world.settle();
    world.exit(world.idOf('one'), 0);
    world.settle();
    world.breakSandboxes();
    const plan = world.plan();
    assert.equal(plan.createSandbox?.attempt, 1);
    assert.deepEqual(
      plan.start.map(({ name, restartCount }) => [name, restartCount]),
      [['one', 1]],
    );
  });

  it('adopts a ready sandbox without containers and removes half-made ones', () => {
    const pod = makePod();
    const ready = createWorld(pod);
    const id = ready.addSandbox({});
    assert.equal(ready.plan().createSandbox, undefined);
    assert.equal(ready.plan().sandboxId, id);
    const halfMade = createWorld(pod);
    const lost = halfMade.addSandbox({ ready: false });
    assert.deepEqual(halfMade.plan().removeSandboxes, [lost]);
    assert.equal(halfMade.plan().createSandbox?.attempt, 1);
    const unconnected = createWorld(pod);
    const deaf = unconnected.addSandbox({ ips: [] });
    assert.deepEqual(unconnected.plan().stopSandboxes, [deaf]);
    unconnected.settle();
    assert.deepEqual(
      unconnected.runtime().sandboxes.map(({ attempt }) => attempt),
      [1],
    );
  });

  it('replaces a container that was created and never started, without counting a restart', () => {
    const world = createWorld(makePod({ spec: { restartPolicy: 'Never' } }));
    const sandboxId = world.addSandbox({});
    const created = world.create(
      sandboxId,
      { name: 'c', kind: 'app', attempt: 0, restartCount: 0 },
      'created',
    );
    const plan = world.plan();
    assert.deepEqual(plan.removeContainers, [created]);
    assert.deepEqual(plan.start, [{ name: 'c', kind: 'app', attempt: 1, restartCount: 0 }]);
  });

  it('keeps the last dead container of each name for its logs', () => {
    const world = createWorld(makePod());
    world.settle();
    for (let crash = 0; crash < 3; crash += 1) {
      world.exit(world.idOf('c'), 1);
      world.wait(6 * minute);
      world.settle();
    }
    assert.deepEqual(
      world.runtime().containers.map(({ restartCount, state }) => [restartCount, state]),
      [
        [3, 'running'],
        [2, 'exited'],
      ],
    );
  });

  it('stops sidecars after everything else, the last one first', () => {
    const world = createWorld(
      makePod({ spec: { initContainers: [sidecar('first'), sidecar('second')] } }),
    );
    world.settle();
    const plan = world.plan({ graceSeconds: 7 });
    assert.deepEqual(
      plan.stop.map(({ name, wave, graceSeconds }) => [name, wave, graceSeconds]),
      [
        ['c', 0, 7],
        ['second', 1, 7],
        ['first', 2, 7],
      ],
    );
    assert.equal(plan.stopSandboxes.length, 1);
    assert.deepEqual(plan.start, []);
  });

  it('counts restarts on from the API when the runtime has forgotten', () => {
    const containerStatuses = [
      { name: 'c', image: '', imageID: '', ready: true, restartCount: 4, containerID: 'x://1' },
    ];
    const world = createWorld(makePod({ status: { containerStatuses } }));
    assert.equal(world.plan().start[0]?.restartCount, 5);
  });
});

describe('planPod obeys laws', () => {
  const initOf = (index: number) =>
    fc.boolean().map((always) => (always ? sidecar(`s${index}`) : container(`i${index}`)));
  const podOf = fc
    .record({
      inits: fc.tuple(initOf(0), initOf(1), initOf(2)).chain((all) => fc.subarray(all)),
      apps: fc.integer({ min: 1, max: 3 }),
      restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
    })
    .map(({ inits, apps, restartPolicy }) =>
      makePod({
        spec: {
          initContainers: inits,
          containers: Array.from({ length: apps }, (_, index) => container(`a${index}`)),
          restartPolicy,
        },
      }),
    );
  const happening = fc.oneof(
    fc.record({ exit: fc.nat(), code: fc.constantFrom(0, 1) }),
    fc.record({ broken: fc.constant(true) }),
    fc.record({ unhealthy: fc.nat() }),
    fc.record({ wait: fc.integer({ min: 1, max: 20 * minute }) }),
  );

  /** Lets things happen to a pod, one plan after each, and hands every plan to `check` before it is applied. */
  function live(
    pod: Pod,
    story: readonly Record<string, unknown>[],
    check: (world: ReturnType<typeof createWorld>, plan: PodPlan) => void,
  ) {
    const world = createWorld(pod);
    const step = () => {
      const plan = world.plan();
      check(world, plan);
      world.apply(plan);
    };
    step();
    for (const { exit, code, broken, unhealthy, wait } of story) {
      const running = world.runtime().containers.filter(({ state }) => state === 'running');
      const pick = (index: unknown) => running[Number(index) % Math.max(1, running.length)];
      const [dying, sick] = [pick(exit), pick(unhealthy)];
      if (exit !== undefined && dying) world.exit(dying.id, Number(code));
      if (unhealthy !== undefined && sick) world.probes.set(sick.id, { liveness: 'failure' });
      if (broken) world.breakSandboxes();
      if (wait !== undefined) world.wait(Number(wait));
      step();
      step();
    }
    return world;
  }

  const holds = (check: Parameters<typeof live>[2]) =>
    fc.assert(
      fc.property(podOf, fc.array(happening, { maxLength: 12 }), (pod, story) => {
        live(pod, story, check);
      }),
      { numRuns: 100 },
    );

  it('never starts an app container before the init containers are done', () => {
    holds((world, { start, createSandbox }) => {
      if (!start.some(({ kind }) => kind === 'app')) return;
      assert.ok(!createSandbox || initsOf(world).length === 0);
      for (const init of initsOf(world)) {
        const current = activeOf(world.runtime(), init.name);
        const appsRan = world
          .runtime()
          .containers.some((c) => c.name.startsWith('a') && activeOf(world.runtime(), c.name));
        const isDone = isSidecar(init)
          ? current !== undefined
          : current?.state === 'exited' && current.exitCode === 0;
        assert.ok(appsRan || isDone, `${init.name} is not done`);
      }
    });
  });

  it('never has two running containers of one name', () => {
    holds((world) => {
      const running = world.running();
      assert.equal(new Set(running).size, running.length);
    });
  });

  it('respects the restart policy', () => {
    holds((world, { start }) => {
      const { restartPolicy } = world.pod.spec;
      for (const { name, kind, restartCount } of start) {
        const last = latestOf(world.runtime(), name);
        if (last?.state !== 'exited' || kind === 'sidecar') continue;
        const isNewRound = kind === 'init' && !activeOf(world.runtime(), name);
        assert.ok(isNewRound || restartPolicy !== 'Never', `${name} restarts`);
        if (kind === 'app') assert.ok(restartPolicy === 'Always' || last.exitCode !== 0);
        assert.equal(restartCount, last.restartCount + 1);
      }
    });
  });

  it('starts nothing in a pod that ends, and stops everything', () => {
    fc.assert(
      fc.property(podOf, fc.array(happening, { maxLength: 8 }), (pod, story) => {
        const world = live(pod, story, () => undefined);
        const plan = world.plan({ graceSeconds: 1 });
        assert.deepEqual([plan.start, plan.createSandbox], [[], undefined]);
        world.apply(plan);
        assert.ok(isStopped(world.runtime()));
        assert.ok(isIdle(world.plan({ graceSeconds: 1 })));
      }),
    );
  });

  it('comes to rest, and then stays', () => {
    fc.assert(
      fc.property(podOf, fc.array(happening, { maxLength: 8 }), (pod, story) => {
        const world = live(pod, story, () => undefined);
        world.probes.clear();
        world.settle();
        assert.ok(isIdle(world.plan()));
      }),
    );
  });

  it('is the same for the same input', () => {
    holds((world, plan) => assert.deepEqual(world.plan(), plan));
  });

  const initsOf = (world: ReturnType<typeof createWorld>) => world.pod.spec.initContainers ?? [];
});
