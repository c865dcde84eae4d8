import { pods } from '@berth/api';
import type { Pod } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import type { Client, EventRecorder } from '@berth/client';
import type { ClusterState } from '../cluster-state.ts';
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
interface Preemption {
  /** Why nobody makes room for it, to be added to why no node takes it. */
  readonly message: string | undefined;
  /** Evicts, and writes down what was promised to whom. Ends when that is done; the victims may take longer to go. */
  carryOut(): Promise<void>;
}

/** Makes room for pods at the cost of less important ones. */
export interface Preemptor {
  /** The place is promised when this returns, so that the next decision knows of it. */
  preempt(pod: PodInfo, planner: PreemptionPlanner): Preemption;
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

  const evict = async (
    victim: Pod,
    preemptor: Pod,
    { nodeName, purpose = 'accommodate a higher priority pod' }: EvictionPlan,
  ): Promise<void> => {
    const saying = `${preemptor.spec.schedulerName}: preempting to ${purpose}`;
    if (!(await evictPod(victim, saying, { client, clock }))) return;
    const message = `Preempted by pod ${preemptor.metadata.uid} on node ${nodeName}`;
    recorder.event(victim, 'Normal', 'Preempted', message, { action: 'Preempting' });
  };

  const makeRoom = async ({ key, pod }: PodInfo, plan: EvictionPlan): Promise<void> => {
    const { nodeName, victims, displaced } = plan;
    const isThere = pod.status?.nominatedNodeName === nodeName || (await promise(pod, nodeName));
    if (!isThere) return state.unnominate(key);
    for (const other of displaced) if (await promise(other.pod, null)) tryAgain(other);
    // Those that are going already need not be told.
    const staying = victims.filter(({ pod: victim }) => !victim.metadata.deletionTimestamp);
    await Promise.all(staying.map((victim) => evict(victim.pod, pod, plan)));
    logger.info('Made room for a pod', { pod: key, node: nodeName, victims: victims.length });
  };

  const guarded = async (info: PodInfo, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (err) {
      logger.error('Could not make room for a pod', { pod: info.key, err });
      tryAgain(info);
    } finally {
      busy.delete(info.key);
    }
  };

  const planFor = (info: PodInfo, planner: PreemptionPlanner): PreemptionPlan | undefined => {
    try {
      return planner.plan(info);
    } catch (err) {
      logger.error('Could not look for room for a pod', { pod: info.key, err });
      return undefined;
    }
  };

  return {
    preempt(info, planner) {
      if (busy.has(info.key)) return nothing;
      const plan = planFor(info, planner);
      if (!plan) return nothing;
      if (plan.kind === 'none') {
        const isPromised = state.nominatedNode(info.key) ?? info.pod.status?.nominatedNodeName;
        const message = plan.message ? `preemption: ${plan.message}` : undefined;
        if (!isPromised || plan.keepsPromise) return { ...nothing, message };
        state.unnominate(info.key);
        return {
          message,
          carryOut: () => guarded(info, () => promise(info.pod, null)),
        };
      }
      busy.add(info.key);
      for (const { key } of plan.displaced) state.unnominate(key);
      state.nominate(info, plan.nodeName);
      return { message: undefined, carryOut: () => guarded(info, () => makeRoom(info, plan)) };
    },
  };
}

type EvictionPlan = Extract<PreemptionPlan, { readonly kind: 'evict' }>;

const nothing: Preemption = { message: undefined, carryOut: () => Promise.resolve() };
