import type { PodGroup } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import type { Assumed, Carrier } from '../carry-out.ts';
import type { ClusterState } from '../cluster-state.ts';
import type { Engine } from '../engine/engine.ts';
import { failureMessage } from '../failure-message.ts';
import type { Preemption, Preemptor } from '../preemption/preemptor.ts';
import type { SchedulerMetrics } from '../metrics.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Profile } from '../profiles.ts';
import type { QueuedPod, SchedulingQueue } from '../queue.ts';
import type { Reporter } from '../report-pods.ts';
import { priorityAmong } from './disruption-units.ts';
import type { GroupOf } from './disruption-units.ts';
import type { Gang } from './gangs.ts';
import { planGang } from './plan-gang.ts';
import type { GangOfPods, GangPlan } from './plan-gang.ts';
import { planGroupPreemption, whyGroupBarred } from './plan-group-preemption.ts';
import type { GroupReporter } from './report-groups.ts';

export interface GangPlacerOptions {
  readonly queue: SchedulingQueue;
  /** What is tried out is tried out on this one. */
  readonly state: ClusterState;
  readonly carrier: Carrier;
  readonly reporter: Reporter;
  readonly groups: GroupReporter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SchedulerMetrics;
  /** What the queue that the pod belongs to has against it, with what is assumed so far; undefined when it may be placed. */
  readonly whyUnentitled: (pod: PodInfo) => string | undefined;
  /** Makes room for a gang that does not fit. */
  readonly preemptor: Pick<Preemptor, 'preemptTogether'>;
  /** Whether their queues have room for all of these, who may belong to none. */
  readonly areEntitled: (pods: readonly PodInfo[]) => boolean;
  readonly groupOf: GroupOf;
  readonly placerOf: (pod: PodInfo) => { readonly profile: Profile; readonly engine: Engine };
}

/** What is left to do after a decision; to be begun in this order, as there is room for it. */
type Write = (signal: AbortSignal) => Promise<void>;

/** Decides about gangs, each as a whole. */
export interface GangPlacer {
  /** The decision about the pod and all that are with it is made when this returns. */
  attempt(gang: Gang, pod: QueuedPod): readonly Write[];
  /** Makes room for a pod of a group that is decided about by itself; undefined for a pod of none. */
  makeRoomFor(pod: PodInfo): Preemption | undefined;
  /** Whether an attempt would give any pod of it a node now. */
  isPlaceable(gang: Gang): boolean;
}

export function createGangPlacer(options: GangPlacerOptions): GangPlacer {
  const { queue, state, carrier, reporter, groups, clock, logger, metrics, placerOf } = options;
  const { whyUnentitled, preemptor, areEntitled, groupOf } = options;
  /** What was found out is so until something changes. */
  const refusedAt = new WeakMap<Gang['group'], number>();

  const settled = ({ placed, waiting }: Gang): number => {
    let count = placed.size;
    for (const key of waiting.keys()) if (state.isAssumed(key)) count += 1;
    return count;
  };
  const fail = (
    gang: Gang,
    members: readonly QueuedPod[],
    { profile, started }: { readonly profile: Profile; readonly started: number },
    err: unknown,
  ): readonly Write[] => {
    const message = err instanceof Error ? err.message : String(err);
    logger.error('Could not decide about a pod group', { podGroup: gang.key, err });
    groups.report(gang.group, { reason: 'SchedulerError', message });
    return members.map((pod) => {
      metrics.attempted('error', profile.name, clock.monotonic() - started);
      queue.retry(pod);
      return () => reporter.failed(pod, pod.info.pod, 'SchedulerError', message);
    });
  };
  const refuse = (
    gang: Gang,
    members: readonly QueuedPod[],
    profile: Profile,
    plan: Exclude<GangPlan, { readonly kind: 'place' }>,
  ): readonly Write[] => {
    const refused = plan.kind === 'refuse' ? plan.refused : [];
    const messages = new Map(
      refused.map(({ pod, decision }) => [pod.key, failureMessage(decision)]),
    );
    const message = `${unschedulable}, ${shortfall(gang, plan, members.length)}`;
    groups.report(gang.group, { reason: 'Unschedulable', message });
    const refusedBy = new Set([
      'GangScheduling',
      ...refused.flatMap(({ decision }) => [...decision.refusedBy]),
    ]);
    const isForeign = profile.foreign.some((name) => refusedBy.has(name));
    const reports = members.map((pod): Write => {
      metrics.attempted('unschedulable', profile.name, 0);
      queue.park(pod, isForeign ? new Set() : refusedBy);
      const own = messages.get(pod.info.key) ?? `${unschedulable}, ${waitingForOthers}`;
      return () => reporter.failed(pod, pod.info.pod, 'Unschedulable', own);
    });
    const preemption =
      plan.kind === 'refuse' && profile.preempts ? preempt(gang, members) : undefined;
    refusedAt.set(gang.group, state.revision);
    const makeRoom = preemption?.carryOut;
    if (!makeRoom) return reports;
    // What else is written of a pod must not come before what it was promised.
    const inTurn: Write = async (signal) => {
      await makeRoom();
      await Promise.all(reports.map((report) => report(signal)));
    };
    return [inTurn];
  };
  const preempt = (gang: Gang, members: readonly QueuedPod[]): Preemption | undefined => {
    const waiting = members.map(({ info }) => info);
    // Others would leave for nothing.
    if (!areEntitled(waiting)) return undefined;
    return preemptFor(gang.group, { minCount: gang.minCount, placed: settled(gang), waiting });
  };
  const preemptFor = (group: PodGroup, pods: GangOfPods): Preemption => {
    const { waiting } = pods;
    const priority = Math.min(...waiting.map((info) => priorityAmong(info, group)));
    const preempting = { ...pods, priority };
    const world = { state, engine: placerOf(waiting[0]!).engine, groupOf };
    return preemptor.preemptTogether(
      { group, waiting, priority },
      {
        whyBarred: () => whyGroupBarred(preempting, world),
        plan: () => planGroupPreemption(preempting, world),
      },
    );
  };
  const place = (
    gang: Gang,
    members: readonly QueuedPod[],
    context: { readonly profile: Profile; readonly started: number },
    { placements, left }: Extract<GangPlan, { readonly kind: 'place' }>,
  ): readonly Write[] => {
    const { profile, started } = context;
    const before = settled(gang);
    const queued = new Map(members.map((pod) => [pod.info.key, pod]));
    const assumed: Assumed[] = [];
    try {
      for (const { pod, nodeName } of placements) {
        const why = whyUnentitled(pod);
        if (why !== undefined) {
          const rest = placements.slice(assumed.length).map((each) => queued.get(each.pod.key)!);
          return [
            ...putOff(gang, assumed, before, rest, `${why}.`),
            ...leave(left, queued, profile),
          ];
        }
        assumed.push(carrier.assume(queued.get(pod.key)!, nodeName, profile, started));
      }
    } catch (err) {
      // Some volume was meant for two of them. Enough may have theirs all the same; if not, none has.
      if (before + assumed.length < gang.minCount) {
        for (const each of assumed.reverse()) each.undo();
        return fail(gang, members, context, err);
      }
      const lost = placements.slice(assumed.length).map(({ pod }) => queued.get(pod.key)!);
      return [
        ...carryOut(assumed),
        ...fail(gang, lost, context, err),
        ...leave(left, queued, profile),
      ];
    }
    return [...carryOut(assumed), ...leave(left, queued, profile)];
  };
  /** What its queue has room for is enough, or none of it is. */
  const putOff = (
    gang: Gang,
    assumed: readonly Assumed[],
    before: number,
    rest: readonly QueuedPod[],
    why: string,
  ): readonly Write[] => {
    const isEnough = before + assumed.length >= gang.minCount;
    const back = isEnough ? rest : [...assumed.map(({ pod }) => pod), ...rest];
    if (!isEnough) {
      for (const each of [...assumed].reverse()) each.undo();
      groups.report(gang.group, { reason: 'Unschedulable', message: `${unschedulable}, ${why}` });
    }
    const waiting = back.map((pod): Write => {
      // Any change of the cluster may be one of what the queue has room for.
      queue.park(pod, new Set());
      return () => reporter.failed(pod, pod.info.pod, 'Unschedulable', why);
    });
    return [...(isEnough ? carryOut(assumed) : []), ...waiting];
  };
  const carryOut = (assumed: readonly Assumed[]): readonly Write[] =>
    assumed.map((each) => (signal) => each.carryOut(signal));
  /** The gang has enough without them: they wait as any pod does. */
  const leave = (
    left: Extract<GangPlan, { readonly kind: 'place' }>['left'],
    queued: ReadonlyMap<string, QueuedPod>,
    profile: Profile,
  ): readonly Write[] =>
    left.map(({ pod: { key }, decision }) => {
      const pod = queued.get(key)!;
      metrics.attempted('unschedulable', profile.name, 0);
      queue.park(pod, decision.refusedBy);
      return () => reporter.failed(pod, pod.info.pod, 'Unschedulable', failureMessage(decision));
    });

  return {
    attempt(gang, first) {
      const others = [...gang.waiting.keys()].filter((key) => key !== first.info.key);
      const members = [first, ...queue.takeAlso(others)].sort(inOrder);
      const { profile, engine } = placerOf(first.info);
      const started = clock.monotonic();
      const context = { profile, started };
      const stranger = members.find(({ info }) => placerOf(info).profile !== profile);
      if (stranger) {
        return fail(gang, members, context, new Error(differing(first.info, stranger.info)));
      }
      let plan: GangPlan;
      try {
        const waiting = members.map(({ info }) => info);
        plan = planGang({ minCount: gang.minCount, placed: settled(gang), waiting }, engine, state);
      } catch (err) {
        return fail(gang, members, context, err);
      }
      metrics.decided(clock.monotonic() - started);
      return plan.kind === 'place'
        ? place(gang, members, context, plan)
        : refuse(gang, members, profile, plan);
    },
    makeRoomFor(pod) {
      const group = groupOf(pod);
      return group && preemptFor(group, { minCount: 1, placed: 0, waiting: [pod] });
    },
    isPlaceable(gang) {
      if (refusedAt.get(gang.group) === state.revision) return false;
      const waiting = [...gang.waiting.values()].filter(
        ({ key }) => !state.isAssumed(key) && queue.placeOf(key) !== 'gated',
      );
      const [first] = waiting;
      if (!first) return false;
      const { minCount } = gang;
      const plan = planGang(
        { minCount, placed: settled(gang), waiting },
        placerOf(first).engine,
        state,
      );
      if (plan.kind === 'place' && plan.placements.length > 0) return true;
      refusedAt.set(gang.group, state.revision);
      return false;
    },
  };
}

const unschedulable = 'pod group is unschedulable';
const waitingForOthers = 'waiting for minCount pods from a gang to be scheduled';

/** The most important first, and then who has waited for longest. */
const inOrder = (a: QueuedPod, b: QueuedPod): number =>
  b.info.priority - a.info.priority || a.since - b.since || (a.info.key < b.info.key ? -1 : 1);

function shortfall(
  { minCount }: Gang,
  plan: Exclude<GangPlan, { readonly kind: 'place' }>,
  count: number,
): string {
  if (plan.kind === 'incomplete')
    return `minCount (${minCount}) cannot be satisfied: ${plan.missing} more pods are needed`;
  const remaining = Math.max(0, count - plan.refused.length - plan.fitting);
  return `minCount (${minCount}) cannot be satisfied: ${plan.fitting} scheduled, ${remaining} remaining`;
}

const differing = (a: PodInfo, b: PodInfo): string => {
  const [one, other] = [a, b].map(({ pod }) => JSON.stringify(pod.spec.schedulerName ?? ''));
  return `all pods in a single pod group should have the same .spec.schedulerName set, got: ${one ?? ''} and ${other ?? ''}`;
};
