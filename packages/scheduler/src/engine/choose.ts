import type { Refusal } from '../framework.ts';
import type { IsAhead } from './bucket.ts';
import type { Group } from './groups.ts';
import type { AskedPartition, AskedScore, Panel } from './panel.ts';
import { checked } from './rate.ts';
import type { Refusals, Refused } from './refusals.ts';

export interface Choice {
  /** The index of the node. */
  readonly node: number;
  /** How many nodes would have done. */
  readonly feasible: number;
}

/** The best node of all groups, and of several that are as good the one that is ahead. */
export function choose(
  panel: Panel,
  groups: readonly Group[],
  isAhead: IsAhead,
): Choice | undefined {
  const open = groups.filter((group) => isOpen(panel, group));
  let feasible = 0;
  for (const group of open) {
    group.feasible = group.queue.size;
    feasible += group.feasible;
  }
  if (feasible === 0) return undefined;
  // Where there is no choice, upstream does not score either.
  if (feasible > 1) compare(panel, open);
  let best = -1;
  let node = -1;
  let lot = Infinity;
  for (const { queue, offset } of open) {
    const total = offset + queue.highest();
    if (total < best) continue;
    const first = queue.first();
    const firstLot = queue.firstLot();
    if (total === best && (firstLot === lot ? isAhead(node, first) : firstLot > lot)) continue;
    node = first;
    lot = firstLot;
    best = total;
  }
  return { node, feasible };
}

/** Whether the group has nodes that fit. */
export const isOpen = (panel: Panel, { queue, cells }: Group): boolean =>
  queue.size > 0 && refusalIn(panel, cells) === undefined;

/** The first partition's refusal of all nodes in these cells. */
export function refusalIn({ partitions }: Panel, cells: readonly number[]): Refused | undefined {
  for (let i = 0; i < partitions.length; i += 1) {
    const { plugin, order, partition } = partitions[i]!;
    const verdict = partition.filter?.(cells[i]!);
    if (verdict && !verdict.ok) return { plugin, order, refusal: verdict };
  }
  return undefined;
}

/** Works out what plugins that compare nodes add to each group. Groups without feasible nodes must not be among them. */
export function compare({ rawScores, partitions }: Panel, open: readonly Group[]): void {
  for (const group of open) group.offset = 0;
  for (const [i, asked] of rawScores.entries()) compareRaws(asked, i, open);
  for (const [i, asked] of partitions.entries()) compareCells(asked, i, open);
}

function compareRaws(
  { plugin, weight, normalize }: AskedScore,
  i: number,
  open: readonly Group[],
): void {
  const places = new Map<number, number>();
  const scores: number[] = [];
  for (const { raws } of open) {
    const raw = raws[i]!;
    if (places.has(raw)) continue;
    places.set(raw, scores.length);
    scores.push(raw);
  }
  normalize?.(scores);
  for (const group of open)
    group.offset += weight * checked(plugin, scores[places.get(group.raws[i]!)!]!);
}

function compareCells(
  { plugin, weight, partition }: AskedPartition,
  i: number,
  open: readonly Group[],
): void {
  if (!partition.score) return;
  const places = new Map<number, number>();
  const cells: { readonly id: number; nodes: number }[] = [];
  for (const { cells: own, feasible } of open) {
    const id = own[i]!;
    const at = places.get(id);
    if (at !== undefined) {
      cells[at]!.nodes += feasible;
      continue;
    }
    places.set(id, cells.length);
    cells.push({ id, nodes: feasible });
  }
  const scores = partition.score(cells);
  for (const group of open)
    group.offset += weight * checked(plugin, scores[places.get(group.cells[i]!)!]!);
}

/** Counts why nodes do not fit: for each node what the first plugin that refuses says. */
export function reasonsIn(
  panel: Panel,
  groups: readonly Group[],
  refusals: Refusals,
): { readonly reasons: Map<string, number>; readonly refusedBy: Set<string> } {
  const reasons = new Map<string, number>();
  const refusedBy = new Set<string>();
  const count = ({ plugin, refusal }: Refused, nodes: number) => {
    if (nodes === 0) return;
    refusedBy.add(plugin);
    countReasons(reasons, refusal, nodes);
  };
  for (const { queue, refused, cells } of groups) {
    const together = refusalIn(panel, cells);
    if (together) count(together, queue.size);
    for (const [code, nodes] of refused) {
      const own = refusals.at(code);
      count(together && together.order < own.order ? together : own, nodes);
    }
  }
  return { reasons, refusedBy };
}

export function countReasons(reasons: Map<string, number>, refusal: Refusal, nodes: number): void {
  for (const reason of refusal.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + nodes);
}
