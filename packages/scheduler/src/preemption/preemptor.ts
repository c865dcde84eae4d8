import { keyOf, pods } from '@berth/api';
import type { Pod, PodGroup } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import type { Client, EventRecorder } from '@berth/client';
import type { ClusterState } from '../cluster-state.ts';
import type { GroupPreemptionPlan } from '../gangs/plan-group-preemption.ts';
import type { PodInfo } from '../pod-info.ts';
import { evictPod, isGone } from './evict-pod.ts';
import type { PreemptionPlan, PreemptionPlanner } from './plan-preemption.ts';

export interface PreemptorOptions {
  readonly client: Pick<Client, 'patch' | 'remove'>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly state: ClusterState;
  /** The pod should be tried again: it lost what it was promised, or making room for it failed. */
  readonly tryAgain: (pod: PodInfo) => void;
}

/** What is done for a pod that no node takes. */
export interface Preemption {
  /** Why nobody makes room for it, to be added to why no node takes it. */
  readonly message: string | undefined;
  /**
   * Evicts, and writes down what was promised to whom. Ends when that is done; the victims may take longer to go. Absent
   * when there is nothing to do.
   */
  readonly carryOut?: () => Promise<void>;
}

/** Makes room for pods at the cost of less important ones. */
export interface Preemptor {
  /** The place is promised when this returns, so that the next decision knows of it. */
  preempt(pod: PodInfo, planner: PreemptionPlanner): Preemption;
  /**
   * The same for pods of one group that were decided about together: places are promised to all of them that the plan has
   * places for, and nobody is evicted for less. While that is being done, nothing more is planned.
   */
  preemptTogether(group: PreemptingPods, planner: GroupPreemptionPlanner): Preemption;
}

interface PreemptingPods {
  readonly group: PodGroup;
  /** Those without a node. */
  readonly waiting: readonly PodInfo[];
  readonly priority: number;
}

interface GroupPreemptionPlanner {
  /** Why the group may not have others evicted at all; it keeps what it was promised then. */
  readonly whyBarred: () => string | undefined;
  /** Asked when promises to the group's pods are off. */
  readonly plan: () => GroupPreemptionPlan;
}

export function createPreemptor(options: PreemptorOptions): Preemptor {
  const { client, recorder, clock, logger, state, tryAgain } = options;
  /** Pods for which room is being made: to look for more before that is done would evict twice. */
  const busy = new Set<string>();

  /** Says whether the pod is still there to be promised something. */
  const promise = async ({ metadata }: Pod, nodeName: string | null): Promise<boolean> => {
    const patch = { metadata: { uid: metadata.uid }, status: { nominatedNodeName: nodeName } };
    try {
      await client.patch(pods, metadata, 'strategic', patch, { subresource: 'status' });
      return true;
    } catch (err) {
      if (isGone(err)) return false;
      throw err;
    }
  };

  /** Those that are going already need not be told. */
  const evictAll = async (
    victims: readonly PodInfo[],
    { saying, by }: { readonly saying: string; readonly by: string },
  ): Promise<void> => {
    const staying = victims.filter(({ pod }) => !pod.metadata.deletionTimestamp);
    await Promise.all(
      staying.map(async ({ pod }) => {
        if (!(await evictPod(pod, saying, { client, clock }))) return;
        recorder.event(pod, 'Normal', 'Preempted', `Preempted by ${by}`, { action: 'Preempting' });
      }),
    );
  };
  const unpromise = async (others: readonly PodInfo[]): Promise<void> => {
    for (const other of others) if (await promise(other.pod, null)) tryAgain(other);
  };

  const makeRoom = async ({ key, pod }: PodInfo, plan: EvictionPlan): Promise<void> => {
    const { nodeName, victims, displaced, purpose = 'accommodate a higher priority pod' } = plan;
    const isThere = pod.status?.nominatedNodeName === nodeName || (await promise(pod, nodeName));
    if (!isThere) return state.unnominate(key);
    await unpromise(displaced);
    const saying = `${pod.spec.schedulerName}: preempting to ${purpose}`;
    await evictAll(victims, { saying, by: `pod ${pod.metadata.uid} on node ${nodeName}` });
    logger.info('Made room for a pod', { pod: key, node: nodeName, victims: victims.length });
  };

  const makeRoomTogether = async (
    { group, waiting }: PreemptingPods,
    { victims, placements }: Extract<GroupPreemptionPlan, { readonly kind: 'evict' }>,
    displaced: readonly PodInfo[],
  ): Promise<void> => {
    const placed = new Set(placements.map(({ pod }) => pod.key));
    const rest = waiting.filter(
      ({ key, pod }) => !placed.has(key) && pod.status?.nominatedNodeName,
    );
    await Promise.all(rest.map(({ pod }) => promise(pod, null)));
    const areThere = await Promise.all(
      placements.map(({ pod, nodeName }) => promise(pod.pod, nodeName)),
    );
    if (areThere.includes(false)) {
      for (const { pod } of placements) state.unnominate(pod.key);
      await unpromise(placements.flatMap(({ pod }, i) => (areThere[i] ? [pod] : [])));
      return;
    }
    await unpromise(displaced);
    const saying = `${waiting[0]?.pod.spec.schedulerName}: preempting to accommodate a higher priority podgroup`;
    await evictAll(victims, { saying, by: `podgroup ${group.metadata.uid} on node cluster` });
    logger.info('Made room for a pod group', { podGroup: keyOf(group), victims: victims.length });
  };

  /** `key`: whom it is done for. */
  const guarded = async (
    key: string,
    infos: readonly PodInfo[],
    work: () => Promise<unknown>,
  ): Promise<void> => {
    try {
      await work();
    } catch (err) {
      logger.error('Could not make room', { for: key, err });
      for (const info of infos) tryAgain(info);
    } finally {
      busy.delete(key);
    }
  };

  const looking = <T>(key: string, look: () => T): T | undefined => {
    try {
      return look();
    } catch (err) {
      logger.error('Could not look for room', { for: key, err });
      return undefined;
    }
  };

  return {
    preempt(info, planner) {
      if (busy.has(info.key)) return nothing;
      const plan = looking(info.key, () => planner.plan(info));
      if (!plan) return nothing;
      if (plan.kind === 'none') {
        const isPromised = state.nominatedNode(info.key) ?? info.pod.status?.nominatedNodeName;
        const message = plan.message ? `preemption: ${plan.message}` : undefined;
        if (!isPromised || plan.keepsPromise) return { ...nothing, message };
        state.unnominate(info.key);
        return {
          message,
          carryOut: () => guarded(info.key, [info], () => promise(info.pod, null)),
        };
      }
      busy.add(info.key);
      for (const { key } of plan.displaced) state.unnominate(key);
      state.nominate(info, plan.nodeName);
      return {
        message: undefined,
        carryOut: () => guarded(info.key, [info], () => makeRoom(info, plan)),
      };
    },
    preemptTogether(pods, planner) {
      const { group, waiting, priority } = pods;
      const key = `podgroup ${keyOf(group)}`;
      if (busy.has(key)) return nothing;
      const barred = looking(key, planner.whyBarred);
      if (barred !== undefined) return { ...nothing, message: `preemption: ${barred}` };
      const promised = waiting.filter(
        ({ key: pod, pod: { status } }) => state.nominatedNode(pod) ?? status?.nominatedNodeName,
      );
      for (const { key: pod } of promised) state.unnominate(pod);
      const plan = looking(key, planner.plan);
      if (plan?.kind !== 'evict') {
        const message = plan && `preemption: ${plan.message}`;
        if (promised.length === 0) return { ...nothing, message };
        const work = () => Promise.all(promised.map(({ pod }) => promise(pod, null)));
        return { message, carryOut: () => guarded(key, waiting, work) };
      }
      busy.add(key);
      const displaced = new Map<string, PodInfo>();
      for (const { nodeName } of plan.placements)
        for (const other of state.nominated.get(nodeName) ?? [])
          if (other.priority < priority) displaced.set(other.key, other);
      for (const other of displaced.keys()) state.unnominate(other);
      for (const { pod, nodeName } of plan.placements) state.nominate(pod, nodeName);
      const work = () => makeRoomTogether(pods, plan, [...displaced.values()]);
      return { message: undefined, carryOut: () => guarded(key, waiting, work) };
    },
  };
}

type EvictionPlan = Extract<PreemptionPlan, { readonly kind: 'evict' }>;

const nothing: Preemption = { message: undefined };
