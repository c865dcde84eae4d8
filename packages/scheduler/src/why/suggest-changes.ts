import type { Pod } from '@berth/api';
import type { ClusterState } from '../cluster-state.ts';
import type { Engine } from '../engine/engine.ts';
import { podChange, podRemoval, tryChanges } from './change.ts';
import type { Change } from './change.ts';
import type { Obstacle } from './obstacle.ts';
import { newNodeFor } from './proposals/new-node.ts';
import { proposals } from './proposals/index.ts';

/** Changes that belong together. With all of them made the pod finds a node; with any of them left out it does not. */
export interface Suggestion {
  readonly changes: readonly Change[];
  /** Where the pod would go. */
  readonly nodeName: string;
}

export interface SuggestOptions {
  readonly state: ClusterState;
  /** Decides by the whole profile. */
  readonly engine: Engine;
  /** Decides by one plugin of it alone; in the order in which they are asked. */
  readonly byPlugin: ReadonlyMap<string, Engine>;
}

/** Nodes that are looked at closely: those that fewest plugins refuse. */
const mostNodes = 24;
/** After so many changes a node is given up. */
const mostChanges = 12;
const mostSuggestions = 4;
const mostConfirmed = 8;

/**
 * What could be changed so that an unschedulable pod finds a node, the smallest set of changes first. Every suggestion
 * has been tried on the state, which stays as it is. Empty when nothing is known that would help.
 */
export function suggestChanges(pod: Pod, options: SuggestOptions): readonly Suggestion[] {
  const gates = (pod.spec.schedulingGates ?? []).map(({ name }) => removeGate(name));
  const confirmed = (changes: readonly Change[]) =>
    confirm(pod, [...gates, ...changes], gates.length, options) ?? [];
  const asItIs = [confirmed([])].flat();
  if (asItIs.length > 0) return asItIs;
  const candidates = nearest(pod, options)
    .flatMap((node) => [...changesFor(pod, node, options)])
    .sort(compareChanges);
  const found = distinct(candidates).slice(0, mostConfirmed).flatMap(confirmed);
  if (found.length === 0) return [confirmed([newNodeFor(options.state.podInfo(pod))])].flat();
  return found.sort((a, b) => compareChanges(a.changes, b.changes)).slice(0, mostSuggestions);
}

function compareChanges(a: readonly Change[], b: readonly Change[]): number {
  return a.length - b.length || effortOf(a) - effortOf(b);
}

const effortOf = (changes: readonly Change[]) =>
  changes.reduce((sum, { effort }) => sum + effort, 0);

/** Other kinds of changes say more than the same ones for other nodes. */
function distinct(candidates: readonly (readonly Change[])[]): readonly (readonly Change[])[] {
  const seen = new Set<string>();
  return candidates.filter((changes) => {
    const kinds = changes
      .map(({ kind }) => kind)
      .sort()
      .join();
    return seen.size < seen.add(kinds).size;
  });
}

const removeGate = (gate: string): Change =>
  podChange('RemoveGate', `take the scheduling gate ${gate} from the pod`, 1, (spec) => ({
    ...spec,
    schedulingGates: (spec.schedulingGates ?? []).filter(({ name }) => name !== gate),
  }));

/** The nodes that fewest plugins refuse. */
function nearest(pod: Pod, { state, byPlugin }: SuggestOptions): readonly string[] {
  const info = state.podInfo(pod);
  const engines = [...byPlugin.values()];
  return [...state.nodes()]
    .map((node) => ({
      name: node.name,
      refusals: engines.filter((engine) => !engine.judge(info, node).verdict.ok).length,
    }))
    .sort((a, b) => a.refusals - b.refusals || (a.name < b.name ? -1 : 1))
    .slice(0, mostNodes)
    .map(({ name }) => name);
}

/** Sets of changes with which the node takes the pod: one obstacle after the other, and single pods that are in the way. */
function* changesFor(
  pod: Pod,
  nodeName: string,
  options: SuggestOptions,
): Generator<readonly Change[]> {
  const { state } = options;
  const before = situationAt(pod, nodeName, [], options);
  // The first obstacle's alternatives give different ways; for the others the easiest is taken.
  for (const start of before.obstacles[0]?.alternatives ?? []) {
    const changes = clear(pod, nodeName, start, before, options);
    if (changes) yield changes;
  }
  for (const { key } of state.node(nodeName)?.pods ?? []) {
    const removal = podRemoval(key);
    if (fits(pod, nodeName, [removal], options)) {
      yield [removal];
      return;
    }
  }
}

/** Where a node stands on its way to take the pod. */
interface Situation {
  /** Plugins that agree before the first one that refuses and of which something is known that would help. */
  readonly agreed: number;
  readonly obstacles: readonly Obstacle[];
}

const isNearer = (a: Situation, b: Situation): boolean =>
  a.agreed > b.agreed || (a.agreed === b.agreed && a.obstacles.length < b.obstacles.length);

function clear(
  pod: Pod,
  nodeName: string,
  start: Change,
  before: Situation,
  options: SuggestOptions,
): readonly Change[] | undefined {
  let changes: readonly Change[] = [start];
  let now = situationAt(pod, nodeName, changes, options);
  if (!isNearer(now, before)) return undefined;
  while (now.obstacles.length > 0 && changes.length < mostChanges) {
    const step = nextStep(pod, nodeName, changes, now, options);
    if (!step) return undefined;
    ({ changes, now } = step);
  }
  return fits(pod, nodeName, changes, options) ? changes : undefined;
}

/** The easiest change that does away with the first obstacle and brings none back. */
function nextStep(
  pod: Pod,
  nodeName: string,
  made: readonly Change[],
  before: Situation,
  options: SuggestOptions,
): { readonly changes: readonly Change[]; readonly now: Situation } | undefined {
  const alternatives = before.obstacles[0]?.alternatives ?? [];
  for (const change of alternatives.toSorted((a, b) => a.effort - b.effort)) {
    const changes = [...made, change];
    const now = situationAt(pod, nodeName, changes, options);
    if (isNearer(now, before)) return { changes, now };
  }
  return undefined;
}

function situationAt(
  pod: Pod,
  nodeName: string,
  changes: readonly Change[],
  { state, byPlugin }: SuggestOptions,
): Situation {
  return tryChanges(state, pod, changes, (changed) => {
    const node = state.node(nodeName);
    let agreed = 0;
    for (const [plugin, engine] of node ? byPlugin : []) {
      if (!node || engine.judge(changed, node).verdict.ok) {
        agreed += 1;
        continue;
      }
      const refuses = (other: Pod) => !engine.judge(state.podInfo(other), node).verdict.ok;
      // The shape's pod may be another one of the same shape; the changes are to this one.
      const own = { ...changed, shape: { ...changed.shape, pod: changed.pod } };
      const obstacles = proposals.get(plugin)?.({ pod: own, node, state, refuses }) ?? [];
      if (obstacles.length > 0) return { agreed, obstacles };
    }
    return { agreed, obstacles: [] };
  });
}

function fits(
  pod: Pod,
  nodeName: string,
  changes: readonly Change[],
  { state, engine }: SuggestOptions,
): boolean {
  return tryChanges(state, pod, changes, (changed) => {
    const node = state.node(nodeName);
    return node !== undefined && engine.judge(changed, node).verdict.ok;
  });
}

/** Leaves out what is not needed, and makes sure of the rest. The first `fixed` changes are needed for other reasons. */
function confirm(
  pod: Pod,
  changes: readonly Change[],
  fixed: number,
  { state, engine }: SuggestOptions,
): Suggestion | undefined {
  const decide = (kept: readonly Change[]) =>
    tryChanges(state, pod, kept, (changed) => engine.decide(changed));
  let kept = changes;
  let decision = decide(kept);
  if (decision.kind !== 'bind') return undefined;
  for (const change of changes.slice(fixed)) {
    const fewer = kept.filter((other) => other !== change);
    const without = decide(fewer);
    if (without.kind !== 'bind') continue;
    kept = fewer;
    decision = without;
  }
  return { changes: kept, nodeName: decision.nodeName };
}
