import { applyPlan } from './apply-actions.ts';
import type { ApplyInput } from './apply-actions.ts';
import { planPod } from './pod-actions.ts';
import type { PodContext } from './pod-context.ts';
import { isIdle } from './pod-plan.ts';
import type { ContainerStart, PodPlan } from './pod-plan.ts';
import type { PodRecord, PodRecords } from './pod-record.ts';
import { activeOf } from './pod-runtime.ts';
import type { PodRuntimeStatus } from './pod-runtime.ts';
import { containersOf, formatPod, usesHostNetwork } from './pod-spec.ts';
import type { PodView } from './pod-view.ts';
import type { Next } from './pod-workers.ts';
import type { Prober } from './probes/prober.ts';
import { allocate } from './resize/allocate.ts';
import { withAllocated } from './resize/allocated.ts';
import type { Made } from './runtime-reader.ts';
import type { StartError } from './start-error.ts';
import { missingForVolumes } from './volumes/check-volumes.ts';
import type { ReadyVolumes } from './volumes/volumes.ts';

export interface PodRunOptions {
  readonly context: PodContext;
  readonly view: PodView;
  readonly prober: Prober;
  readonly records: Pick<PodRecords, 'all'>;
  readonly read: (record: PodRecord) => Promise<PodRuntimeStatus>;
  /** Reads what was made, on top of what there was; without `made` everything. */
  readonly readMade: (
    record: PodRecord,
    before: PodRuntimeStatus,
    made: Made | undefined,
  ) => Promise<PodRuntimeStatus>;
  /** Why pods cannot get a network now; undefined when they can. */
  readonly networkProblem: () => string | undefined;
}

const resyncMs = 60_000;
const networkRetryMs = 1000;
/**
 * How long what has to be known of a pod's node, or what the pod refers to, may be on its way behind the pod before
 * anything is made of its lack.
 */
export const belatedMs = 1000;
const startRetryMs = 10_000;
/** How long it is not said of a new pod that its containers are being made. */
const heldMs = 500;
/** How soon a pod that waits for room asks again. */
const deferredRetryMs = 3_000;
/** Between the first and the last look at an init container that a pod waits for. */
const initLooksMs = { least: 50, most: 1000 };
/** How soon a plan that did not get anywhere is tried again. */
const stuckRetryMs = 1000;

/** One look at a pod that is to run: decide, show, act, show again. */
export function createPodRun(options: PodRunOptions) {
  const { context, view, prober, records, read, readMade, networkProblem } = options;
  const { clock, events, settings } = context;

  const decide = (record: PodRecord, runtime: PodRuntimeStatus): PodPlan => {
    const now = clock.now();
    const plan = planPod({
      pod: withAllocated(record.pod, record.allocated),
      runtime,
      probes: prober.verdicts(record.pod.metadata.uid),
      now,
      backoffs: record.backoffs,
      attempts: record.attempts,
    });
    const isLater = record.resizeFailure !== undefined && now < record.resizeFailure.retryAt;
    return isLater ? { ...plan, resize: [] } : plan;
  };

  const noteWaits = (record: PodRecord, { waiting, start }: PodPlan) => {
    const { pod } = record;
    for (const { name, until, message } of waiting) {
      const known = record.waiting.get(name);
      if (known?.reason !== 'CrashLoopBackOff' || known.retryAt !== until) {
        const text = `Back-off restarting failed container ${name} in pod ${formatPod(pod)}`;
        events.pod(pod, 'Warning', 'BackOff', text);
      }
      record.waiting.set(name, { reason: 'CrashLoopBackOff', message, retryAt: until });
    }
    const wanted = new Set([...waiting, ...start].map(({ name }) => name));
    for (const name of record.waiting.keys()) if (!wanted.has(name)) record.waiting.delete(name);
  };

  const volumesOf = (record: PodRecord) => {
    const { pod } = record;
    const objects = context.objects(pod.metadata.namespace ?? '');
    const { hostIps, allocatable } = settings;
    const facts = { pod, podIps: [], hostIps, allocatable };
    const isMissing = missingForVolumes(facts, objects).length > 0;
    // Objects come on a stream of their own: one that is missing once is no news yet.
    const isNews = !isMissing || record.missed;
    record.missed = isMissing;
    const isBelated = isMissing && !isNews;
    const prepare = async (): Promise<ReadyVolumes> => {
      const ready = await context.files.volumes.prepare(facts, objects);
      for (const { message } of isNews ? ready.problems : []) {
        events.pod(pod, 'Warning', 'FailedMount', message);
      }
      const unmounted = (pod.spec.volumes ?? []).filter(({ name }) => !ready.volumes.has(name));
      if (unmounted.length === 0) return ready;
      throw new AggregateError(ready.problems, 'Volumes are not ready');
    };
    const begin = () => {
      const prepared = prepare();
      // Whoever needs them awaits them later; until then a failure is nobody's.
      prepared.catch(() => undefined);
      return prepared;
    };
    return { isMissing, isBelated, begin };
  };

  const act = async (
    record: PodRecord,
    runtime: PodRuntimeStatus,
    plan: PodPlan,
    volumes: Promise<ReadyVolumes>,
    signal: AbortSignal,
  ): Promise<PodRuntimeStatus> => {
    const pod = withAllocated(record.pod, record.allocated);
    const lookAgain = async () => view.show(record, await read(record));
    const remember = ({ name, backoff }: ContainerStart) => {
      if (backoff) record.backoffs.set(name, backoff);
    };
    const onFailed = (start: ContainerStart, { reason, message, retryAt }: StartError) => {
      remember(start);
      const at = retryAt ?? clock.now() + startRetryMs;
      record.waiting.set(start.name, { reason, message, retryAt: at });
    };
    const onStarted = (start: ContainerStart) => {
      remember(start);
      record.waiting.delete(start.name);
    };
    const onAttempt = (name: string, attempt: number) => void record.attempts.set(name, attempt);
    const onPull = () => void lookAgain().catch(() => undefined);
    record.resizeFailure = plan.resize.length > 0 ? undefined : record.resizeFailure;
    const input: ApplyInput = {
      ...{ pod, plan, runtime, volumes, onAttempt, onStarted, onFailed, onPull },
      onResized: (id, resources) => void record.applied.set(id, resources),
      onResizeFailed: (message) =>
        void (record.resizeFailure = { message, retryAt: clock.now() + startRetryMs }),
    };
    record.untouched = false;
    try {
      return await readMade(record, runtime, await applyPlan(context, input, signal));
    } catch (err) {
      await lookAgain();
      throw err;
    }
  };

  /** The whole pod waits for the end of an init container, so a young one is looked at often. */
  const initEnd = ({ pod }: PodRecord, runtime: PodRuntimeStatus, now: number) => {
    const inits = containersOf(pod).filter(({ kind }) => kind === 'init');
    const running = inits
      .flatMap(({ container }) => activeOf(runtime, container.name) ?? [])
      .filter(({ state }) => state === 'running');
    const { least, most } = initLooksMs;
    return running.map(
      ({ startedAt }) => now + Math.min(most, Math.max(least, (now - startedAt) / 4)),
    );
  };

  const nextLook = (
    record: PodRecord,
    runtime: PodRuntimeStatus,
    plan: PodPlan,
    done: PodPlan,
    refreshAt = Infinity,
  ) => {
    const now = clock.now();
    const isReady = ({ name }: ContainerStart) => !record.waiting.has(name);
    if (!isIdle({ ...plan, start: plan.start.filter(isReady) })) {
      return JSON.stringify(plan) === JSON.stringify(done) ? stuckRetryMs : 0;
    }
    const retries = [...record.waiting.values()].map(({ retryAt }) => retryAt);
    const waits = plan.waiting.map(({ until }) => until);
    const inits = initEnd(record, runtime, now);
    const ends = [now + resyncMs, refreshAt, view.deadline(record)];
    const resizes = [
      ...(record.resizeFailure ? [record.resizeFailure.retryAt] : []),
      ...(record.pendingResize?.reason === 'Deferred' ? [now + deferredRetryMs] : []),
    ];
    const moments = [...ends, ...inits, ...retries, ...waits, ...resizes];
    return Math.max(0, Math.min(...moments) - now);
  };

  return async (record: PodRecord, first: PodRuntimeStatus, signal: AbortSignal): Promise<Next> => {
    allocate(record, records, settings.allocatable);
    const plan = decide(record, first);
    noteWaits(record, plan);
    const problem = usesHostNetwork(record.pod) ? undefined : networkProblem();
    if (problem && plan.createSandbox) {
      view.show(record, first);
      const text = `network is not ready: ${problem}`;
      events.pod(record.pod, 'Warning', 'NetworkNotReady', text);
      return { afterMs: networkRetryMs };
    }
    const { isMissing, isBelated, begin } = volumesOf(record);
    const mayBegin = !isMissing || isBelated;
    const isFirst = record.untouched && plan.createSandbox !== undefined && mayBegin;
    // Most pods run before anybody could read that their containers are being made.
    const stopHolding = isFirst ? view.showLater(record, first, heldMs) : undefined;
    if (!isFirst) view.show(record, first);
    // Whatever comes wakes this pod, and then nothing has to be waited for any more.
    if (isBelated && plan.createSandbox) return { afterMs: belatedMs };
    const prepared = begin();
    // What is known to be missing keeps the sandbox from being made; else both are made at the same time.
    if (isMissing && plan.createSandbox) await prepared;
    const acting = isIdle(plan) ? first : act(record, first, plan, prepared, signal);
    const runtime = await Promise.resolve(acting).finally(stopHolding);
    view.show(record, runtime);
    const { refreshAt } = await prepared;
    view.judge(record, runtime);
    if (record.finished || record.verdict) return { afterMs: 0 };
    const upcoming = decide(record, runtime);
    noteWaits(record, upcoming);
    view.show(record, runtime);
    return { afterMs: nextLook(record, runtime, upcoming, plan, refreshAt) };
  };
}
