import { namespaces } from '@berth/api';
import { matchesTerm } from '../affinity-terms.ts';
import type { AffinityTerm, AffinityTerms } from '../affinity-terms.ts';
import type { DomainSums } from '../cluster/domain-sums.ts';
import type { ClusterView } from '../cluster-state.ts';
import { fits, maxNodeScore, refuse, unresolvable } from '../framework.ts';
import type { Cell, Partition, Plugin, Verdict } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { PodShape } from '../pod-shape.ts';
import { createCells } from './cells.ts';
import { componentOf, presenceOf } from './component.ts';
import type { Component } from './component.ts';

export interface InterPodAffinityArgs {
  /** What a required affinity of a placed pod weighs in the other direction. */
  readonly hardPodAffinityWeight?: number;
  /** Whether what placed pods prefer is left out for pods that prefer nothing themselves. */
  readonly ignorePreferredTermsOfExistingPods?: boolean;
}

const notNear = unresolvable("node(s) didn't match pod affinity rules");
const tooNear = refuse("node(s) didn't match pod anti-affinity rules");
const unwelcome = refuse("node(s) didn't satisfy existing pods anti-affinity rules");

/** Which pods a pod must or would rather be with, and which not, and what the placed pods say of it. */
export function createInterPodAffinity(args: InterPodAffinityArgs = {}): Plugin {
  const { hardPodAffinityWeight = 1, ignorePreferredTermsOfExistingPods = false } = args;
  const isRated = ({ terms }: PodShape) =>
    !ignorePreferredTermsOfExistingPods || terms.preferred.length + terms.preferredAnti.length > 0;
  return {
    name: 'InterPodAffinity',
    weight: 2,
    partition: ({ shape }: PodInfo, cluster) =>
      partition(shape, cluster, isRated(shape), hardPodAffinityWeight),
  };
}

/** A part of the cell: how many pods of one kind, or how much attraction, there is around a node. */
interface Aspect {
  readonly sums: DomainSums;
  readonly component: Component;
}

function partition(
  shape: PodShape,
  cluster: ClusterView,
  isRated: boolean,
  hardWeight: number,
): Partition {
  const own = shape.terms;
  const revision = cluster.objects.revision(namespaces);
  const speaksOf = (term: AffinityTerm, other: PodShape) =>
    matchesTerm(term, other, cluster.namespaceLabels);
  const held: { release(): void }[] = [];
  const aspectOf = (
    key: string,
    topologyKey: string,
    weigh: (other: PodShape) => number,
    makeComponent: (sums: DomainSums) => Component,
  ): Aspect => {
    const tally = cluster.tallies.of(`affinity ${revision} ${key}`, weigh);
    const sums = tally.perDomain(cluster.topologies.of(topologyKey));
    held.push(tally, sums);
    return { sums, component: makeComponent(sums) };
  };

  const required = keysOf(own.required).map((key) =>
    aspectOf(
      `required ${JSON.stringify(own.required)}`,
      key,
      (other) => Number(own.required.every((term) => speaksOf(term, other))),
      presenceOf,
    ),
  );
  const isOfItsKind = own.required.every((term) => speaksOf(term, shape));
  const avoided = own.requiredAnti.map((term) =>
    aspectOf(
      `avoided ${JSON.stringify(term)}`,
      term.topologyKey,
      (other) => Number(speaksOf(term, other)),
      presenceOf,
    ),
  );

  const subject = JSON.stringify([shape.namespace, shape.labels]);
  const others = whoSpeaksOf(shape, cluster, speaksOf, isRated);
  const repelling = others.repellingKeys.map((key) =>
    aspectOf(
      `repelling ${key} ${subject}`,
      key,
      ({ terms }) => count(terms.requiredAnti, key, (term) => speaksOf(term, shape)),
      presenceOf,
    ),
  );
  const attracting = keysOf([
    ...(isRated ? [...own.preferred, ...own.preferredAnti] : []),
    ...others.attractingKeys.map((topologyKey) => ({ topologyKey })),
  ]).map((key) =>
    aspectOf(
      `attracting ${key} ${hardWeight} ${subject} ${JSON.stringify([own.preferred, own.preferredAnti])}`,
      key,
      (other) =>
        weigh(own.preferred, key, (term) => speaksOf(term, other)) -
        weigh(own.preferredAnti, key, (term) => speaksOf(term, other)) +
        hardWeight * count(other.terms.required, key, (term) => speaksOf(term, shape)) +
        weigh(other.terms.preferred, key, (term) => speaksOf(term, shape)) -
        weigh(other.terms.preferredAnti, key, (term) => speaksOf(term, shape)),
      componentOf,
    ),
  );

  const aspects = [...required, ...avoided, ...repelling, ...attracting];
  const cells = createCells();
  const parts = aspects.map(() => 0);
  const firstAvoided = required.length;
  const firstRepelling = firstAvoided + avoided.length;
  const firstAttracting = firstRepelling + repelling.length;
  const isAround = ({ component }: Aspect, part: number) => part !== 0 && component.sumAt(part) > 0;
  const isNear = (cell: readonly number[]): boolean => {
    let isMet = true;
    for (let i = 0; i < firstAvoided; i += 1) {
      if (cell[i] === 0) return false;
      if (!isAround(aspects[i]!, cell[i]!)) isMet = false;
    }
    // The first of a group that wants to be together may go anywhere the keys exist.
    return isMet || (isOfItsKind && required.every(({ sums }) => sums.total === 0));
  };
  const judge = (cell: readonly number[]): Verdict => {
    if (!isNear(cell)) return notNear;
    for (let i = firstAvoided; i < firstRepelling; i += 1)
      if (isAround(aspects[i]!, cell[i]!)) return tooNear;
    for (let i = firstRepelling; i < firstAttracting; i += 1)
      if (isAround(aspects[i]!, cell[i]!)) return unwelcome;
    return fits;
  };
  const attraction = (cell: readonly number[]): number => {
    let sum = 0;
    for (let i = firstAttracting; i < aspects.length; i += 1)
      if (cell[i] !== 0) sum += aspects[i]!.component.sumAt(cell[i]!);
    return sum;
  };

  return {
    ...(aspects.length > 0 && {
      cellOf({ index }: NodeInfo) {
        for (let i = 0; i < aspects.length; i += 1) parts[i] = aspects[i]!.component.of(index);
        return cells.of(parts);
      },
    }),
    ...(firstAttracting > 0 && { filter: (cell: number) => judge(cells.at(cell)) }),
    ...(attracting.length > 0 && {
      score: (all: readonly Cell[]) => spreadOut(all.map(({ id }) => attraction(cells.at(id)))),
    }),
    isStale: () =>
      others.isStale() ||
      cluster.objects.revision(namespaces) !== revision ||
      aspects.some(({ component }) => component.isStale()),
    release() {
      for (const each of held.toReversed()) each.release();
    },
  };
}

/** From 0 for the least to 100 for the most. */
function spreadOut(raw: readonly number[]): readonly number[] {
  let least = Infinity;
  let most = -Infinity;
  for (const each of raw) {
    least = Math.min(least, each);
    most = Math.max(most, each);
  }
  const range = most - least;
  return raw.map((each) => (range > 0 ? Math.trunc(maxNodeScore * ((each - least) / range)) : 0));
}

/**
 * The topologies by which placed pods have a say about this one. They are few, and what comes and goes with pods of
 * shapes that are known does not change them; so only shapes that are new are looked at.
 */
function whoSpeaksOf(
  shape: PodShape,
  { tallies }: ClusterView,
  speaksOf: (term: AffinityTerm, other: PodShape) => boolean,
  isRated: boolean,
) {
  const repelling = new Set<string>();
  const attracting = new Set<string>();
  const keysSpokenIn = (terms: readonly AffinityTerm[]) =>
    keysOf(terms.filter((term) => speaksOf(term, shape)));
  const keysOfShape = ({ terms }: PodShape) => ({
    repelling: keysSpokenIn(terms.requiredAnti),
    attracting: isRated
      ? keysSpokenIn([...terms.required, ...terms.preferred, ...terms.preferredAnti])
      : [],
  });
  const seen = new WeakSet<PodShape>();
  for (const other of tallies.shapesWithTerms) {
    seen.add(other);
    const keys = keysOfShape(other);
    for (const key of keys.repelling) repelling.add(key);
    for (const key of keys.attracting) attracting.add(key);
  }

  let revision = tallies.termsRevision;
  /** Shapes that came later and speak by other topologies. */
  const unforeseen = new Set<PodShape>();
  const look = () => {
    if (tallies.termsRevision === revision) return;
    revision = tallies.termsRevision;
    for (const other of tallies.shapesWithTerms) {
      if (seen.has(other)) continue;
      seen.add(other);
      const keys = keysOfShape(other);
      if (!keys.repelling.every((key) => repelling.has(key))) unforeseen.add(other);
      if (!keys.attracting.every((key) => attracting.has(key))) unforeseen.add(other);
    }
  };
  return {
    repellingKeys: [...repelling],
    attractingKeys: [...attracting],
    /** It may be that they are gone again, as after a simulation. */
    isStale() {
      look();
      return (
        unforeseen.size > 0 && [...unforeseen].some((other) => tallies.shapesWithTerms.has(other))
      );
    },
  };
}

const keysOf = (terms: readonly Pick<AffinityTerm, 'topologyKey'>[]): readonly string[] => [
  ...new Set(terms.map(({ topologyKey }) => topologyKey)),
];

const count = (
  terms: readonly AffinityTerm[],
  key: string,
  speaks: (term: AffinityTerm) => boolean,
): number => terms.filter((term) => term.topologyKey === key && speaks(term)).length;

const weigh = (
  terms: AffinityTerms['preferred'],
  key: string,
  speaks: (term: AffinityTerm) => boolean,
): number =>
  terms.reduce(
    (sum, term) => (term.topologyKey === key && speaks(term) ? sum + term.weight : sum),
    0,
  );
