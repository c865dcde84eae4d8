import assert from 'node:assert/strict';
import type { JobSpec, Pod } from '@berth/api';
import { createdAt, makeJob, makeMetadata, makePod } from '@berth/api/testing';
import fc from 'fast-check';
import { noBackoff } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import { draftJobPod } from './draft-pod.ts';
import { parseIndexes } from './index-set.ts';
import { failureCountAnnotation, indexAnnotation, trackingFinalizer } from './job-pods.ts';
import { finishedCondition, planJob, planJobStatus } from './plan.ts';

/** A job, its pods, and nodes that do with them as the test says; every write can be the last before a crash. */
function createWorld(spec: Partial<JobSpec>) {
  let job = makeJob('j', spec);
  let pods: readonly Pod[] = [];
  let backoff: Backoff = noBackoff;
  let now = Date.parse(createdAt);
  let made = 0;
  const told: string[] = [];
  /** Pods by how they really ended. */
  const ended = { succeeded: new Set<string>(), failed: new Set<string>() };
  const indexOf = (pod: Pod) => pod.metadata.annotations?.[indexAnnotation];
  const change = (uid: string, next: (pod: Pod) => Pod) => {
    pods = pods.map((pod) => (pod.metadata.uid === uid ? next(pod) : pod));
  };
  const isLive = ({ metadata, status }: Pod) =>
    metadata.deletionTimestamp === undefined && status?.phase === 'Running';

  return {
    get job() {
      return job;
    },
    get pods() {
      return pods;
    },
    told,
    ended,
    set: (next: Partial<JobSpec>) => void (job = { ...job, spec: { ...job.spec, ...next } }),
    wait: (ms: number) => void (now += ms),
    live: () => pods.filter(isLive),
    end(pod: Pod, phase: 'Succeeded' | 'Failed', exitCode = 1) {
      (phase === 'Succeeded' ? ended.succeeded : ended.failed).add(
        indexOf(pod) !== undefined && phase === 'Succeeded' ? indexOf(pod)! : pod.metadata.uid,
      );
      const finishedAt = new Date(now).toISOString();
      const state = { terminated: { exitCode, finishedAt } };
      const containerStatuses = [
        { name: 'main', image: '', imageID: '', ready: false, restartCount: 0, state },
      ];
      change(pod.metadata.uid, (old) => ({ ...old, status: { phase, containerStatuses } }));
    },
    /** Nodes stop what is to stop, and forget what nobody holds any more. */
    tidy() {
      for (const pod of pods.filter(
        ({ metadata, status }) => metadata.deletionTimestamp && status?.phase === 'Running',
      ))
        change(pod.metadata.uid, (old) => ({ ...old, status: { phase: 'Failed' } }));
      pods = pods.filter(
        ({ metadata }) => !metadata.deletionTimestamp || (metadata.finalizers ?? []).length > 0,
      );
    },
    /** One pass of the controller, which crashes after `writes` writes. Returns whether it wrote anything. */
    pass(writes = Infinity): boolean {
      if (finishedCondition(job)) return false;
      const observed = { job, pods, backoff, now };
      const plan = planJob(observed);
      let left = writes;
      let wrote = false;
      const write = (action: () => void) => {
        if (left <= 0) return;
        left -= 1;
        wrote = true;
        action();
      };
      for (const create of plan.changes.create)
        write(() => {
          made += 1;
          const draft = draftJobPod(job, create);
          const metadata = makeMetadata(`p${made}`, draft.metadata);
          pods = [...pods, { ...makePod(`p${made}`), metadata, status: { phase: 'Running' } }];
        });
      for (const pod of plan.changes.remove)
        write(() =>
          change(pod.metadata.uid, (old) => ({
            ...old,
            metadata: { ...old.metadata, deletionTimestamp: createdAt },
          })),
        );
      const { create, remove } = plan.changes;
      const done = { created: create.length, removed: remove.length };
      const next = planJobStatus(observed, plan, done);
      if (JSON.stringify(next.status) !== JSON.stringify(job.status ?? {}))
        write(() => {
          job = { ...job, status: next.status };
          told.push(...next.told.map(({ type, status }) => `${type}=${status}`));
        });
      for (const pod of next.release)
        write(() =>
          change(pod.metadata.uid, (old) => ({
            ...old,
            metadata: {
              ...old.metadata,
              finalizers: old.metadata.finalizers!.filter((each) => each !== trackingFinalizer),
            },
          })),
        );
      // A crash forgets what was only remembered.
      backoff = left <= 0 ? noBackoff : plan.backoff;
      return wrote;
    },
    settle() {
      for (let i = 0; i < 1000; i += 1) {
        this.tidy();
        if (!this.pass()) return;
      }
      assert.fail('does not settle');
    },
  };
}

type World = ReturnType<typeof createWorld>;
const run = (world: World, phase: 'Succeeded' | 'Failed', count = Infinity, exitCode = 1) =>
  world
    .live()
    .slice(0, count)
    .forEach((pod) => world.end(pod, phase, exitCode));
const reasonOf = ({ job }: World) => {
  const end = finishedCondition(job);
  return end && [end.type, end.reason];
};
const indexes = (pods: readonly Pod[]) =>
  pods.map(({ metadata }) => Number(metadata.annotations?.[indexAnnotation])).sort((a, b) => a - b);

const step = fc.record({
  writes: fc.oneof(fc.nat(4), fc.constant(Infinity)),
  ends: fc.array(fc.record({ which: fc.nat(5), isGood: fc.boolean() }), { maxLength: 3 }),
  loses: fc.option(fc.nat(5)),
  waits: fc.constantFrom(0, 1_000, 700_000),
});

describe('a job', () => {
  it('counts every end once, and makes no more pods than it may, wherever it is cut short', () => {
    const specs = fc.record({
      completions: fc.integer({ min: 0, max: 6 }),
      parallelism: fc.integer({ min: 1, max: 4 }),
      completionMode: fc.constantFrom('Indexed', 'NonIndexed'),
      podReplacementPolicy: fc.constantFrom('TerminatingOrFailed', 'Failed'),
    });
    fc.assert(
      fc.property(specs, fc.array(step, { maxLength: 25 }), (spec, steps) => {
        const world = createWorld({ ...spec, backoffLimit: 1000 });
        for (const { writes, ends, loses, waits } of steps) {
          world.pass(writes);
          assert.ok(world.live().length <= spec.parallelism, 'more pods than may run at once');
          for (const { which, isGood } of ends) {
            const pod = world.live()[which];
            if (pod) world.end(pod, isGood ? 'Succeeded' : 'Failed');
          }
          const lost = loses === null ? undefined : world.live()[loses];
          if (lost) world.end(lost, 'Failed');
          world.tidy();
          world.wait(waits);
          const { succeeded = 0, failed = 0 } = world.job.status ?? {};
          assert.ok(succeeded <= world.ended.succeeded.size && failed <= world.ended.failed.size);
        }
        for (let i = 0; i < 50 && !finishedCondition(world.job); i += 1) {
          world.settle();
          world.wait(700_000);
          run(world, 'Succeeded');
        }
        const { status = {} } = world.job;
        assert.deepEqual(reasonOf(world), ['Complete', 'CompletionsReached']);
        assert.equal(status.failed ?? 0, world.ended.failed.size);
        assert.equal(status.succeeded ?? 0, world.ended.succeeded.size);
        assert.deepEqual(status.uncountedTerminatedPods, {});
        if (spec.completionMode === 'Indexed') {
          assert.equal(status.succeeded ?? 0, spec.completions);
          const done = parseIndexes(status.completedIndexes ?? '', spec.completions);
          assert.equal(done.size, spec.completions);
        }
        assert.deepEqual(
          world.told.filter((told) => told.startsWith('Complete')),
          ['Complete=True'],
        );
      }),
      { numRuns: 150 },
    );
  });

  it('gives each index one pod, also when it was asked for fewer or more meanwhile', () => {
    const world = createWorld({ completionMode: 'Indexed', completions: 5, parallelism: 3 });
    world.settle();
    assert.deepEqual(indexes(world.live()), [0, 1, 2]);
    world.end(world.live()[1]!, 'Succeeded');
    world.settle();
    assert.deepEqual(indexes(world.live()), [0, 2, 3]);
    world.set({ parallelism: 1 });
    world.settle();
    assert.equal(world.live().length, 1);
    // What was stopped has failed, and is waited for.
    world.wait(700_000);
    world.set({ parallelism: 5 });
    world.settle();
    assert.deepEqual(indexes(world.live()), [0, 2, 3, 4]);
    assert.equal(world.job.status?.completedIndexes, '1');
  });

  it('without a number of completions lets the others finish after the first success', () => {
    const { completions: _, ...spec } = makeJob('x').spec;
    const world = createWorld({ ...spec, parallelism: 3 });
    const job = world.job as { spec: { completions?: number } };
    delete job.spec.completions;
    world.settle();
    run(world, 'Succeeded', 1);
    world.settle();
    assert.equal(world.live().length, 2);
    assert.equal(reasonOf(world), undefined);
    run(world, 'Succeeded');
    world.settle();
    assert.deepEqual(reasonOf(world), ['Complete', 'CompletionsReached']);
  });

  it('waits longer after each failure, and gives up after too many', () => {
    const world = createWorld({ backoffLimit: 2 });
    world.settle();
    const waits: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      run(world, 'Failed');
      world.settle();
      let waited = 0;
      while (world.live().length === 0 && waited < 100_000) {
        world.wait(1000);
        waited += 1000;
        world.settle();
      }
      waits.push(waited);
    }
    assert.deepEqual(waits, [10_000, 20_000, 100_000]);
    assert.deepEqual(reasonOf(world), ['Failed', 'BackoffLimitExceeded']);
    assert.deepEqual(world.told, ['FailureTarget=True', 'Failed=True']);
  });

  it('ends at its deadline, and says so only when its pods have gone', () => {
    const world = createWorld({ activeDeadlineSeconds: 60, parallelism: 2, completions: 2 });
    world.settle();
    world.wait(60_000);
    world.pass();
    assert.deepEqual(world.told, ['FailureTarget=True']);
    assert.equal(world.live().length, 0);
    world.pass();
    assert.equal(reasonOf(world), undefined);
    world.settle();
    assert.deepEqual(reasonOf(world), ['Failed', 'DeadlineExceeded']);
    assert.equal(world.job.status?.failed, 2);
  });

  it('stops while it is suspended, and its clock starts again', () => {
    const world = createWorld({ suspend: true, parallelism: 2, completions: 2 });
    world.settle();
    assert.equal(world.pods.length, 0);
    assert.equal(world.job.status?.startTime, undefined);
    world.set({ suspend: false });
    world.settle();
    const { startTime } = world.job.status!;
    assert.equal(world.live().length, 2);
    world.set({ suspend: true });
    world.settle();
    assert.equal(world.live().length, 0);
    world.wait(5_000);
    world.set({ suspend: false });
    world.settle();
    assert.ok(world.job.status!.startTime! > startTime!);
    assert.deepEqual(world.told, [
      'Suspended=True',
      'Suspended=False',
      'Suspended=True',
      'Suspended=False',
    ]);
  });

  describe('with a failure policy', () => {
    const rule = (action: string, values: readonly number[]) => ({
      action,
      onExitCodes: { operator: 'In', values },
    });
    it('fails at once for some failures, and does not count others', () => {
      const podFailurePolicy = { rules: [rule('FailJob', [42]), rule('Ignore', [7])] };
      const world = createWorld({ podFailurePolicy, backoffLimit: 0 });
      world.settle();
      run(world, 'Failed', 1, 7);
      world.settle();
      world.wait(700_000);
      world.settle();
      assert.equal(world.live().length, 1);
      assert.equal(world.job.status?.failed, undefined);
      run(world, 'Failed', 1, 42);
      world.settle();
      assert.deepEqual(reasonOf(world), ['Failed', 'PodFailurePolicy']);
      assert.match(
        finishedCondition(world.job)?.message ?? '',
        /^Container main for pod default\/p\d failed with exit code 42 matching FailJob rule at index 0$/,
      );
    });

    it('gives up one index for some failures', () => {
      const world = createWorld({
        completionMode: 'Indexed',
        completions: 2,
        parallelism: 2,
        backoffLimitPerIndex: 3,
        podFailurePolicy: { rules: [rule('FailIndex', [42])] },
      });
      world.settle();
      world.end(world.live()[0]!, 'Failed', 42);
      world.settle();
      assert.equal(world.job.status?.failedIndexes, '0');
      run(world, 'Succeeded');
      world.settle();
      assert.deepEqual(reasonOf(world), ['Failed', 'FailedIndexes']);
      assert.equal(world.job.status.completedIndexes, '1');
    });
  });

  it('with limits per index tries each again by itself, and knows how often it has', () => {
    const world = createWorld({
      completionMode: 'Indexed',
      completions: 2,
      parallelism: 2,
      backoffLimitPerIndex: 1,
      backoffLimit: 2 ** 31 - 1,
    });
    world.settle();
    const first = () => world.live().find((pod) => indexes([pod])[0] === 0);
    world.end(first()!, 'Failed');
    world.settle();
    assert.equal(first(), undefined, 'too early');
    world.wait(10_000);
    world.settle();
    const count = first()?.metadata.annotations?.[failureCountAnnotation];
    assert.equal(count, '1');
    world.end(first()!, 'Failed');
    world.settle();
    assert.equal(world.job.status?.failedIndexes, '0');
    assert.equal(reasonOf(world), undefined, 'the other index goes on');
    run(world, 'Succeeded');
    world.settle();
    assert.deepEqual(reasonOf(world), ['Failed', 'FailedIndexes']);
    assert.equal(world.job.status.failed, 2);
  });

  it('with a success policy is done before all its work is', () => {
    const world = createWorld({
      completionMode: 'Indexed',
      completions: 5,
      parallelism: 5,
      successPolicy: { rules: [{ succeededIndexes: '0,2-3', succeededCount: 2 }] },
    });
    world.settle();
    for (const pod of world.live())
      if ([1, 2, 4].includes(indexes([pod])[0]!)) world.end(pod, 'Succeeded');
    world.settle();
    assert.equal(reasonOf(world), undefined);
    world.end(
      world.live().find((pod) => indexes([pod])[0] === 0)!,
      'Succeeded',
    );
    world.settle();
    assert.deepEqual(reasonOf(world), ['Complete', 'SuccessPolicy']);
    assert.equal(world.job.status?.completedIndexes, '0-2,4');
    assert.equal(world.job.status.failed, undefined, 'what was stopped has not failed');
  });
});
