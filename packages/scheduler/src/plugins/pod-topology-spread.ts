import { matchesLabels } from '@berth/api';
import type { Selector } from '@berth/api';
import type { DomainSums } from '../cluster/domain-sums.ts';
import type { Tally } from '../cluster/tallies.ts';
import type { ClusterView } from '../cluster-state.ts';
import { fits, refuse, unresolvable } from '../framework.ts';
import type { Partition, Plugin, Verdict } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { PodShape } from '../pod-shape.ts';
import { createCells } from './cells.ts';
import { defaultSelector, selectingKinds, selectorKey } from './default-selector.ts';
import { componentOf, ownComponentOf } from './component.ts';
import type { Component } from './component.ts';
import { hostname, readConstraint, systemConstraints } from './spread/constraint.ts';
import type { Constraint, DefaultConstraint } from './spread/constraint.ts';
import { evenness } from './spread/evenness.ts';
import type { SoftConstraint } from './spread/evenness.ts';

export interface PodTopologySpreadArgs {
  /** For pods without constraints. Unless they are given, the built-in ones hold. */
  readonly defaultConstraints?: readonly DefaultConstraint[];
}

const missingLabel = unresolvable(
  "node(s) didn't match pod topology spread constraints (missing required label)",
);
const uneven = refuse("node(s) didn't match pod topology spread constraints");

/** Keeps the pods that a constraint selects even over the domains of a topology: where it must, and where it may. */
export function createPodTopologySpread({
  defaultConstraints,
}: PodTopologySpreadArgs = {}): Plugin {
  const defaults = defaultConstraints ?? systemConstraints;
  return {
    name: 'PodTopologySpread',
    weight: 2,
    partition: (pod, cluster) => partition(pod, cluster, defaults, !defaultConstraints),
  };
}

interface HardConstraint extends Constraint {
  readonly sums: DomainSums;
  readonly component: Component;
}

function partition(
  { shape }: PodInfo,
  cluster: ClusterView,
  defaults: readonly DefaultConstraint[],
  isBuiltIn: boolean,
): Partition {
  const { hard, soft, isStale: areConstraintsStale } = constraintsOf(shape, cluster, defaults);
  const saysItself = (shape.pod.spec.topologySpreadConstraints ?? []).length > 0;
  /** The built-in constraints let nodes through that lack a label. */
  const needsAllKeys = saysItself || !isBuiltIn;
  const held: { release(): void }[] = [];
  const tallyOf = (selector: Selector | undefined): Tally => {
    const tally = cluster.tallies.of(
      `spread ${shape.namespace} ${selectorKey(selector)}`,
      countingBy(shape.namespace, selector),
    );
    held.push(tally);
    return tally;
  };
  const sumsOf = (constraint: Constraint, tally: Tally, counts: (node: NodeInfo) => boolean) => {
    const sums = tally.perDomain(cluster.topologies.of(constraint.topologyKey), counts);
    held.push(sums);
    return sums;
  };

  const hardConstraints = hard.map((constraint): HardConstraint => {
    const sums = sumsOf(
      constraint,
      tallyOf(constraint.selector),
      ({ node }) => hasKeys(hard, node.metadata.labels) && constraint.counts(node),
    );
    return { ...constraint, sums, component: componentOf(sums) };
  });
  const softConstraints = soft.map((constraint): SoftConstraint => {
    const tally = tallyOf(constraint.selector);
    const component =
      constraint.topologyKey === hostname
        ? ownComponentOf(cluster.topologies.of(hostname), tally)
        : componentOf(
            sumsOf(
              constraint,
              tally,
              ({ node }) =>
                (!needsAllKeys || hasKeys(soft, node.metadata.labels)) && constraint.counts(node),
            ),
          );
    return {
      maxSkew: constraint.maxSkew,
      isHostname: constraint.topologyKey === hostname,
      component,
    };
  });

  const components = [...hardConstraints, ...softConstraints].map(({ component }) => component);
  const cells = createCells();
  const parts = components.map(() => 0);
  return {
    ...(components.length > 0 && {
      cellOf({ index }: NodeInfo) {
        for (let i = 0; i < components.length; i += 1) parts[i] = components[i]!.of(index);
        return cells.of(parts);
      },
    }),
    ...(hardConstraints.length > 0 && {
      filter: (cell: number) => judge(hardConstraints, cells.at(cell)),
    }),
    ...(softConstraints.length > 0 && {
      score: (all) =>
        evenness(
          softConstraints,
          all.map(({ id, nodes }) => ({
            parts: cells.at(id).slice(hardConstraints.length),
            nodes,
          })),
          needsAllKeys,
        ),
    }),
    isStale: () => areConstraintsStale() || components.some((component) => component.isStale()),
    release() {
      for (const each of held.toReversed()) each.release();
    },
  };
}

/** The pods of the namespace that the selector selects; one that selects everything counts nothing, as upstream has it. */
const countingBy = (namespace: string, selector: Selector | undefined) => (shape: PodShape) =>
  shape.namespace === namespace &&
  !shape.isTerminating &&
  selector?.length !== 0 &&
  matchesLabels(selector, shape.labels)
    ? 1
    : 0;

const hasKeys = (
  constraints: readonly Constraint[],
  labels: Readonly<Record<string, string>> = {},
): boolean => constraints.every(({ topologyKey }) => labels[topologyKey] !== undefined);

function judge(constraints: readonly HardConstraint[], parts: readonly number[]): Verdict {
  for (let i = 0; i < constraints.length; i += 1) {
    const { sums, component, minDomains, maxSkew, self } = constraints[i]!;
    const part = parts[i]!;
    if (part === 0) return missingLabel;
    const fewest = sums.domainCount < minDomains ? 0 : sums.lowest;
    if (component.sumAt(part) + self - fewest > maxSkew) return uneven;
  }
  return fits;
}

/** A pod's own constraints, or the defaults by what selects the pods that it is one of. */
function constraintsOf(
  shape: PodShape,
  { objects }: ClusterView,
  defaults: readonly DefaultConstraint[],
) {
  const own = shape.pod.spec.topologySpreadConstraints ?? [];
  if (own.length > 0)
    return { ...byAction(own, (constraint) => readConstraint(constraint, shape)), isStale: never };
  if (defaults.length === 0) return { hard: [], soft: [], isStale: never };
  const selector = defaultSelector(shape, objects);
  let revision = objects.revision(...selectingKinds);
  const key = selectorKey(selector);
  const isStale = () => {
    const now = objects.revision(...selectingKinds);
    if (now === revision) return false;
    revision = now;
    return selectorKey(defaultSelector(shape, objects)) !== key;
  };
  if (!selector) return { hard: [], soft: [], isStale };
  return { ...byAction(defaults, (each) => readConstraint(each, shape, selector)), isStale };
}

const never = () => false;

function byAction<T extends DefaultConstraint>(
  constraints: readonly T[],
  read: (constraint: T) => Constraint,
) {
  const of = (action: string) =>
    constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action).map(read);
  return { hard: of('DoNotSchedule'), soft: of('ScheduleAnyway') };
}
