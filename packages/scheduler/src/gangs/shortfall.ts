import type { ClusterState } from '../cluster-state.ts';
import type { Engine } from '../engine/engine.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Gangs } from './gangs.ts';
import { planGang } from './plan-gang.ts';

/** How many pods of the pod's gang fit where more are needed; undefined when they are enough, or it goes by itself. */
export function shortfallOf(
  pod: PodInfo,
  gangs: Gangs,
  engine: Engine,
  state: ClusterState,
): string | undefined {
  const gang = gangs.gangOf(pod);
  if (!gang) return undefined;
  const { group, minCount, placed } = gang;
  const waiting = [...gang.waiting.values()].sort((a, b) => b.priority - a.priority);
  const plan = planGang({ minCount, placed: placed.size, waiting }, engine, state);
  if (plan.kind !== 'refuse') return undefined;
  const name = JSON.stringify(group.metadata.name);
  return `pod group ${name} needs ${minCount} pods on nodes at the same time, and only ${plan.fitting} fit`;
}
