import type { ClusterState } from '../cluster-state.ts';
import type { Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { choose, isOpen, reasonsIn } from './choose.ts';
import type { Choice } from './choose.ts';
import { createGroups } from './groups.ts';
import type { Group, Groups } from './groups.ts';
import { lotOf } from './lot.ts';
import { createPanel } from './panel.ts';
import type { Panel } from './panel.ts';
import { checked } from './rate.ts';
import { createRefusals } from './refusals.ts';
import type { Refusals } from './refusals.ts';

/**
 * All pods of one shape: what every node scores by itself, or why it does not fit, is kept and worked out again only for
 * nodes that changed. A decision then looks at groups of nodes and never at single ones.
 */
export interface ShapeClass {
  /** The opinions on the shape, as they are now. */
  panel(): Panel;
  /** Brings everything up to the state as it is. The questions below do that first. */
  refresh(): void;
  /** The best node, by lot among equals; undefined when none fits. Nodes in `without` are passed over. */
  choose(without?: readonly number[]): Choice | undefined;
  /** Whether a node fits. */
  isPlaceable(without?: readonly number[]): boolean;
  /** Why nodes do not fit, and how many; and which plugins refused any. */
  reasons(without?: readonly number[]): {
    readonly reasons: Map<string, number>;
    readonly refusedBy: Set<string>;
  };
  /** Whether the node fits as far as it can say by itself: see `Group.queue`. */
  isOpen(node: number): boolean;
  /** All that is kept, as it is until the next change. */
  kept(): Kept;
  /** About how many bytes it takes. */
  readonly bytes: number;
  release(): void;
}

/** What a class keeps of each node, by index. */
export interface Kept {
  readonly panel: Panel;
  readonly refusals: Refusals;
  groupOf(node: number): Group;
  /** Of the node's refusal by itself; 0 if there is none. */
  codeOf(node: number): number;
  /** The node's own score, where it has no refusal. */
  scoreOf(node: number): number;
}

const nowhere = -1;
/** Changes that are read one by one however few nodes there are. */
const worthReading = 64;
/** Most of so many groups are empty, left behind by counts that have moved on; then it is time to start afresh. */
const mostGroups = 4_096;

/** Per node: group, score, refusal and place, and an entry in a bucket: node and lot, and room to grow. */
const bytesPerNode = 4 + 4 + 4 + 4 + 24;

export function createShapeClass(
  pod: PodInfo,
  state: ClusterState,
  plugins: readonly Plugin[],
): ShapeClass {
  let panel = createPanel(pod, state, plugins);
  let capacity = 0;
  let groupOf = new Int32Array(0);
  let scores = new Int32Array(0);
  let codes = new Int32Array(0);
  const isAhead = (node: number, other: number): boolean => nameOf(node) < nameOf(other);
  const nameOf = (node: number) => state.nodeAt(node)?.name ?? '';
  let groups: Groups = createGroups(groupOf, isAhead);
  let refusals: Refusals = createRefusals();
  /** How far the log of changes has been read. */
  let cursor = 0;
  let isNew = true;
  let cells: number[] = [];
  let raws: number[] = [];

  const takeOut = (index: number) => {
    const at = groupOf[index]!;
    if (at === nowhere) return;
    const group = groups.at(at);
    const code = codes[index]!;
    if (code === 0) group.queue.remove(index, scores[index]!);
    else group.refused.set(code, group.refused.get(code)! - 1);
    groupOf[index] = nowhere;
  };
  /** `before` is the group that the node was in; `fit` is that one too when it fitted and only its pods changed since. */
  const putIn = (index: number, node: NodeInfo, before: number, fit: Group | undefined) => {
    // Plain loops: when a class is new they run for every node.
    const { partitions, rawScores } = panel;
    const code = refusalOf(node, fit !== undefined);
    codes[index] = code;
    for (let i = 0; i < partitions.length; i += 1) {
      const { heedsPods, partition } = partitions[i]!;
      cells[i] = fit && !heedsPods ? fit.cells[i]! : (partition.cellOf?.(node) ?? 0);
    }
    for (let i = 0; i < rawScores.length; i += 1) {
      const { heedsPods, ask } = rawScores[i]!;
      raws[i] = code !== 0 ? 0 : fit && !heedsPods ? fit.raws[i]! : ask(node);
    }
    const at = isStill(before) ? before : groups.of(cells, raws);
    groupOf[index] = at;
    const group = groups.at(at);
    if (code === 0) {
      const score = ownScoreOf(node);
      scores[index] = score;
      group.queue.add(index, score, lotOf(node));
    } else {
      group.refused.set(code, (group.refused.get(code) ?? 0) + 1);
    }
  };
  /** Most changes leave a node where it was. */
  const isStill = (before: number): boolean => {
    if (before === nowhere) return false;
    const group = groups.at(before);
    return isSame(group.cells, cells) && isSame(group.raws, raws);
  };
  /** `fitted`: those that do not heed pods say what they said when the node fitted. */
  const refusalOf = (node: NodeInfo, fitted: boolean): number => {
    const { filters } = panel;
    for (let i = 0; i < filters.length; i += 1) {
      const { plugin, order, heedsPods, ask } = filters[i]!;
      if (fitted && !heedsPods) continue;
      const verdict = ask(node);
      if (!verdict.ok) return refusals.codeOf(plugin, order, verdict);
    }
    return 0;
  };
  const ownScoreOf = (node: NodeInfo): number => {
    const { ownScores } = panel;
    let sum = 0;
    for (let i = 0; i < ownScores.length; i += 1) {
      const { plugin, weight, ask } = ownScores[i]!;
      sum += weight * checked(plugin, ask(node));
    }
    return sum;
  };
  const lookAt = (index: number, onlyPods: boolean) => {
    const before = groupOf[index]!;
    const fitted = onlyPods && before !== nowhere && codes[index] === 0;
    takeOut(index);
    const node = state.nodeAt(index);
    if (node) putIn(index, node, before, fitted ? groups.at(before) : undefined);
  };
  const lookAtAll = () => {
    if (capacity < state.indexEnd) {
      capacity = Math.max(state.indexEnd, Math.ceil(capacity * 1.5));
      groupOf = new Int32Array(capacity);
      scores = new Int32Array(capacity);
      codes = new Int32Array(capacity);
    }
    groupOf.fill(nowhere);
    groups = createGroups(new Int32Array(capacity), isAhead);
    refusals = createRefusals();
    cells = panel.partitions.map(() => 0);
    raws = panel.rawScores.map(() => 0);
    for (const node of state.nodes()) putIn(node.index, node, nowhere, undefined);
  };
  const current = (): Panel => {
    if (!panel.isStale()) return panel;
    panel.release();
    panel = createPanel(pod, state, plugins);
    isNew = true;
    return panel;
  };
  const refresh = () => {
    const { changes } = state;
    current();
    const isFarBehind =
      cursor < changes.start || changes.end - cursor > worthReading + state.nodeCount;
    if (isNew || isFarBehind || capacity < state.indexEnd || groups.all().length > mostGroups)
      lookAtAll();
    else
      for (; cursor < changes.end; cursor += 1)
        lookAt(changes.at(cursor), changes.isOfPods(cursor));
    cursor = changes.end;
    isNew = false;
  };
  /** Asks as if these nodes were not there. */
  const passingOver = <T>(without: readonly number[], ask: () => T): T => {
    refresh();
    if (without.length === 0) return ask();
    for (const index of without) takeOut(index);
    try {
      return ask();
    } finally {
      for (const index of without) lookAt(index, false);
    }
  };

  return {
    panel: current,
    refresh,
    choose: (without = []) => passingOver(without, () => choose(panel, groups.all(), isAhead)),
    isPlaceable: (without = []) =>
      passingOver(without, () => groups.all().some((group) => isOpen(panel, group))),
    reasons: (without = []) => passingOver(without, () => reasonsIn(panel, groups.all(), refusals)),
    isOpen: (node) => codes[node] === 0 && groupOf[node] !== nowhere,
    kept() {
      refresh();
      return {
        panel,
        refusals,
        groupOf: (node) => groups.at(groupOf[node]!),
        codeOf: (node) => codes[node]!,
        scoreOf: (node) => scores[node]!,
      };
    },
    get bytes() {
      return capacity * bytesPerNode;
    },
    release: () => panel.release(),
  };
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
