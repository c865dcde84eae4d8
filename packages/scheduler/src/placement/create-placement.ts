import { queues as queueType } from '@berth/api';
import type { KubeObject, Node, PlacementExplanation, Pod, ResourceType } from '@berth/api';
import { shortfallOf } from '../gangs/shortfall.ts';
import { createEngine } from '../engine/engine.ts';
import type { Engine } from '../engine/engine.ts';
import { simulate } from '../engine/simulate.ts';
import { createQueueView } from '../fair-queues/queue-view.ts';
import { createPreemptionPlanner } from '../preemption/plan-preemption.ts';
import type { Profile } from '../profiles.ts';
import { explainPlacement } from '../why/explain-placement.ts';
import { createClusterMirror } from './cluster-mirror.ts';
import type { ClusterReads } from './cluster-mirror.ts';
import { planPods } from './plan-pods.ts';
import type { PodPlan } from './plan-pods.ts';

/** An object that is not there, or not yet. */
export interface Supposed {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

export interface PlaceOptions {
  /** Taken to be there as well: the owners of the pods, Services, Namespaces, Nodes. */
  readonly supposed?: readonly Supposed[];
  /** Keys of pods that are taken to have left. */
  readonly gone?: readonly string[];
}

/** Answers questions about where pods go, as a scheduler with the same profiles would decide it. */
export interface PodPlacement {
  explain(pod: Pod): Promise<PlacementExplanation>;
  /** Where the pods would go, decided one after the other; nothing is written anywhere. */
  place(pods: readonly Pod[], options?: PlaceOptions): Promise<readonly PodPlan[]>;
  /** The nodes there are. */
  nodes(): Promise<readonly Node[]>;
}

export interface PodPlacementOptions {
  readonly reads: ClusterReads;
  readonly profiles: readonly Profile[];
}

/** Nobody asks often: what was found out is not worth much memory. */
const cacheBytes = 8 * 1024 * 1024;

/** Made when it is first asked something, and brought up to date with every question. */
export function createPodPlacement({ reads, profiles }: PodPlacementOptions): PodPlacement {
  const open = () => {
    const byName = new Map(profiles.map((profile) => [profile.name, profile]));
    const mirror = createClusterMirror(
      reads,
      ({ pod }) => byName.get(pod.spec.schedulerName ?? '')?.schedulesGangs ?? false,
    );
    const { state } = mirror;
    const engineOf = (plugins: Profile['plugins']) => createEngine({ state, plugins, cacheBytes });
    const deciders = new Map(
      profiles.map((profile) => {
        const engine = engineOf(profile.plugins);
        const { plugins, preempts } = profile;
        const decider = {
          engine,
          ...(preempts && {
            preemption: createPreemptionPlanner({ state, engine, plugins }),
          }),
          byPlugin: new Map<string, Engine>(
            profile.plugins
              .filter(({ filter, partition, obstacle }) => filter ?? partition ?? obstacle)
              .map((plugin) => [plugin.name, engineOf([plugin])]),
          ),
        };
        return [profile.name, decider] as const;
      }),
    );
    const [first] = deciders.values();
    if (!first) throw new Error('there is no profile to decide by');
    const deciderOf = ({ spec }: Pod) => deciders.get(spec.schedulerName ?? '');
    return { mirror, deciders, deciderOf, first };
  };
  let opened: ReturnType<typeof open> | undefined;
  const upToDate = async () => {
    opened ??= open();
    await opened.mirror.refresh();
    const { state, gangs } = opened.mirror;
    return { ...opened, state, gangs };
  };

  const hasQueues = profiles.some(({ queues }) => queues);
  const listQueues = async () =>
    hasQueues && reads.serves(queueType) ? await reads.list(queueType) : [];

  return {
    async explain(pod) {
      const { state, gangs, deciderOf, first } = await upToDate();
      const isOurs = (other: Pod) => deciderOf(other) !== undefined;
      const decider = deciderOf(pod) ?? first;
      const isWaiting = !pod.spec.nodeName;
      const info = state.podInfo(pod);
      const view =
        isWaiting && hasQueues ? createQueueView(state, profiles, await listQueues()) : undefined;
      return explainPlacement(pod, {
        ...{ state, ...decider, isOurs },
        heldFor: isWaiting ? (gangs.whyHeld(info) ?? view?.whyHeld(info)) : undefined,
        shortfall: isWaiting ? shortfallOf(info, gangs, decider.engine, state) : undefined,
      });
    },
    async place(pods, { supposed = [], gone = [] } = {}) {
      const queues = await listQueues();
      const { state, deciderOf } = await upToDate();
      return simulate(state, (changes) => {
        for (const key of gone) changes.remove(key);
        for (const { type, object } of supposed) changes.setObject(type, object);
        const view = hasQueues ? createQueueView(state, profiles, queues) : undefined;
        return planPods(pods, { state, changes, deciderOf, queues: view });
      });
    },
    async nodes() {
      const { state } = await upToDate();
      return [...state.nodes()].map(({ node }) => node);
    },
  };
}
