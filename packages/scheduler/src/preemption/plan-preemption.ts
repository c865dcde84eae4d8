import { podDisruptionBudgets } from '@berth/api';
import type { ClusterState } from '../cluster-state.ts';
import type { Engine } from '../engine/engine.ts';
import { winsOver } from '../engine/lot.ts';
import { simulate } from '../engine/simulate.ts';
import { failureMessage } from '../failure-message.ts';
import type { Plugin, Refusal } from '../framework.ts';
import { unresolvable } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { readBudgets } from './budgets.ts';
import type { Budgets } from './budgets.ts';
import { compareCosts, findEviction } from './eviction.ts';
import type { Eviction } from './eviction.ts';
import { evictionRulesOf } from './eviction-rules.ts';
import type { EvictionRules } from './eviction-rules.ts';
import { createRoomTrial } from './room-trial.ts';

export type PreemptionPlan =
  | {
      readonly kind: 'evict';
      readonly nodeName: string;
      /** The most important first. */
      readonly victims: readonly PodInfo[];
      /** How many of them a disruption budget would have kept. */
      readonly violations: number;
      /** Less important pods that were promised a place on the node and lose it. */
      readonly displaced: readonly PodInfo[];
      /** What for, in words for people; upstream's when absent. */
      readonly purpose?: string;
    }
  | {
      readonly kind: 'none';
      /** Why, in upstream's words. */
      readonly message: string;
      /** Whether an earlier promise to the pod still holds. */
      readonly keepsPromise: boolean;
    };

/** Finds out for pods that no node takes which less important pods should make room. */
export interface PreemptionPlanner {
  /**
   * What DefaultPreemption does, over all nodes. The pod must just have been found to fit nowhere; the state stays as it
   * is. Costs as much as the nodes that changed since the last pod of the shape and priority, unless the pod has rules
   * about pods elsewhere, which are looked at anew on every node.
   */
  plan(pod: PodInfo): PreemptionPlan;
}

export interface PreemptionPlannerOptions {
  readonly state: ClusterState;
  readonly engine: Pick<Engine, 'judge'>;
  /** The engine's. */
  readonly plugins: readonly Plugin[];
}

type Outcome = Eviction | Refusal;

/** What is known of all nodes for the pods of one shape and priority. */
interface Known {
  readonly rules: EvictionRules;
  readonly budgetsRevision: number;
  readonly outcomes: Map<number, Outcome>;
  /** Nodes to be looked at again. */
  readonly unsure: Set<number>;
  /** Why nobody can make room, until a node changes. */
  hopeless?: string | undefined;
  /** How much of the log of changes has been read. */
  cursor: number;
}

/** More shapes at a time than this and the one that was not asked about for longest starts anew. */
const keptShapes = 64;
const notHelpful = unresolvable('Preemption is not helpful for scheduling');

export function createPreemptionPlanner(options: PreemptionPlannerOptions): PreemptionPlanner {
  const { state, engine, plugins } = options;
  const known = new Map<string, Known>();
  let budgets: { readonly revision: number; readonly value: Budgets } | undefined;

  const currentBudgets = (): Budgets => {
    const revision = state.objects.revision(podDisruptionBudgets);
    if (budgets?.revision !== revision) {
      budgets = { revision, value: readBudgets(state.objects) };
    }
    return budgets.value;
  };

  const lesserOn = (node: NodeInfo, pod: PodInfo) =>
    node.pods.filter(({ priority }) => priority < pod.priority);

  const outcomeOf = (pod: PodInfo, node: NodeInfo, rules: EvictionRules): Outcome => {
    const { verdict } = engine.judge(pod, node);
    if (verdict.ok || !verdict.resolvable) return notHelpful;
    const promised = (state.nominated.get(node.name) ?? []).filter(
      ({ key, priority }) => priority >= pod.priority && key !== pod.key,
    );
    const lesser = lesserOn(node, pod);
    const { room, fixed } = rules;
    if (room && promised.every(isAffable)) {
      const trial = createRoomTrial(node, room, lesser, promised);
      const outcome = findEviction(lesser, currentBudgets(), trial);
      if (!('victims' in outcome)) return outcome;
      const refusal = fixed.map((filter) => filter(node)).find(({ ok }) => !ok);
      return refusal && !refusal.ok ? refusal : outcome;
    }
    return simulate(state, ({ place, remove }) => {
      for (const { key } of lesser) remove(key);
      return findEviction(lesser, currentBudgets(), {
        verdict: () => engine.judge(pod, node).verdict,
        putBack: (other) => place(other, node.name),
        takeOff: ({ key }) => remove(key),
      });
    });
  };

  const renew = (key: string, pod: PodInfo): Known => {
    const before = known.get(key);
    known.delete(key);
    const budgetsRevision = state.objects.revision(podDisruptionBudgets);
    const isCurrent =
      before?.rules.room !== undefined &&
      !before.rules.isStale() &&
      before.budgetsRevision === budgetsRevision &&
      before.cursor >= state.changes.start;
    if (before && !isCurrent) before.rules.release();
    const entry: Known = isCurrent
      ? before
      : {
          rules: evictionRulesOf(pod, state, plugins),
          budgetsRevision,
          outcomes: new Map(),
          unsure: new Set(),
          cursor: state.changes.end,
        };
    known.set(key, entry);
    for (const [oldest, { rules }] of known) {
      if (known.size <= keptShapes) break;
      rules.release();
      known.delete(oldest);
    }
    return entry;
  };

  const refresh = (pod: PodInfo, entry: Known): void => {
    const { outcomes, unsure, rules } = entry;
    if (outcomes.size === 0) for (const { index } of state.nodes()) unsure.add(index);
    for (let at = entry.cursor; at < state.changes.end; at += 1) unsure.add(state.changes.at(at));
    // What was promised to this very pod does not stand in its way, but in that of all others.
    const own = state.node(state.nominatedNode(pod.key) ?? '')?.index;
    if (own !== undefined) unsure.add(own);
    if (unsure.size > 0) entry.hopeless = undefined;
    for (const index of unsure) {
      const node = state.nodeAt(index);
      if (node) outcomes.set(index, outcomeOf(pod, node, rules));
      else outcomes.delete(index);
    }
    unsure.clear();
    if (own !== undefined) unsure.add(own);
    // What was tried out on the way has been taken back.
    entry.cursor = state.changes.end;
  };

  return {
    plan(pod) {
      currentBudgets();
      const barred = whyBarred(pod, state, engine);
      if (barred) return { kind: 'none', message: barred, keepsPromise: true };
      const entry = renew(JSON.stringify([pod.shape.key, pod.priority]), pod);
      refresh(pod, entry);
      const best = entry.hopeless ? undefined : cheapest(entry.outcomes, state);
      if (!best) {
        entry.hopeless ??= failureMessage({
          nodeCount: state.nodeCount,
          reasons: tally(entry.outcomes.values()),
        });
        return { kind: 'none', message: entry.hopeless, keepsPromise: false };
      }
      const [index, { victims, violations }] = best;
      const nodeName = state.nodeAt(index)!.name;
      const displaced = (state.nominated.get(nodeName) ?? []).filter(
        ({ priority }) => priority < pod.priority,
      );
      return { kind: 'evict', nodeName, victims, violations, displaced };
    },
  };
}

/** Whether the pod, once it is there, can refuse others nothing but room. */
const isAffable = ({ shape: { terms } }: PodInfo) => terms.requiredAnti.length === 0;

/** Between nodes that cost the same the lot decides, as it does where pods fit. */
function cheapest(
  outcomes: ReadonlyMap<number, Outcome>,
  { nodeAt }: Pick<ClusterState, 'nodeAt'>,
): readonly [number, Eviction] | undefined {
  let best: readonly [number, Eviction] | undefined;
  for (const [index, outcome] of outcomes) {
    if (!('victims' in outcome)) continue;
    const order = best ? compareCosts(outcome.cost, best[1].cost) : -1;
    if (order < 0 || (order === 0 && winsOver(nodeAt(index)!, nodeAt(best![0])!)))
      best = [index, outcome];
  }
  return best;
}

function tally(outcomes: Iterable<Outcome>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) {
    if ('victims' in outcome) continue;
    for (const reason of outcome.reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return counts;
}

/** A pod that asks for no preemption, or for which pods are leaving already, gets none. */
function whyBarred(
  pod: PodInfo,
  state: ClusterState,
  engine: Pick<Engine, 'judge'>,
): string | undefined {
  if (pod.pod.spec.preemptionPolicy === 'Never')
    return 'not eligible due to preemptionPolicy=Never.';
  const nodeName = state.nominatedNode(pod.key) ?? pod.pod.status?.nominatedNodeName;
  const node = nodeName === undefined ? undefined : state.node(nodeName);
  if (!node) return undefined;
  const { verdict } = engine.judge(pod, node);
  if (!verdict.ok && !verdict.resolvable) return undefined;
  const isLeaving = node.pods.some((other) => other.priority < pod.priority && isPreempted(other));
  return isLeaving ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

/** The pod is leaving because it was preempted. */
export function isPreempted({ pod: { metadata, status } }: PodInfo): boolean {
  if (!metadata.deletionTimestamp) return false;
  const target = status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  return target?.status === 'True' && target.reason === 'PreemptionByScheduler';
}
