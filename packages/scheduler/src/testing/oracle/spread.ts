import { matchesLabels, selectorFromLabels } from '@berth/api';
import type { Node, Pod, Selector, TopologySpreadConstraint } from '@berth/api';
import { matchesNodeAffinity } from './node-affinity.ts';
import { toleratesHardTaints } from './taints.ts';
import { label, podsOn, selectorOf } from './world.ts';
import type { Filter, World } from './world.ts';

interface Constraint {
  readonly key: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly selector: Selector | undefined;
  readonly honoursAffinity: boolean;
  readonly honoursTaints: boolean;
}

const hostname = 'kubernetes.io/hostname';

function constraintsOf(pod: Pod, action: 'DoNotSchedule' | 'ScheduleAnyway') {
  return (pod.spec.topologySpreadConstraints ?? [])
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action)
    .map((constraint): Constraint => readConstraint(constraint, pod));
}

function readConstraint(constraint: TopologySpreadConstraint, pod: Pod): Constraint {
  const selector = selectorOf(constraint.labelSelector);
  const own = (constraint.matchLabelKeys ?? []).flatMap((key) => {
    const value = label(pod, key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    key: constraint.topologyKey,
    maxSkew: constraint.maxSkew,
    minDomains: constraint.minDomains ?? 1,
    selector: selector && [...selector, ...selectorFromLabels(Object.fromEntries(own))],
    honoursAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor',
    honoursTaints: (constraint.nodeTaintsPolicy ?? 'Ignore') === 'Honor',
  };
}

/** The built-in soft constraints, for pods that say nothing and belong to something. */
function defaultConstraints(pod: Pod, world: World): readonly Constraint[] {
  const selector = ownersSelector(pod, world);
  if (selector.length === 0) return [];
  const common = { minDomains: 1, selector, honoursAffinity: true, honoursTaints: false };
  return [
    { ...common, key: hostname, maxSkew: 3 },
    { ...common, key: 'topology.kubernetes.io/zone', maxSkew: 5 },
  ];
}

/** What the pod's services and its controller select, taken together. */
function ownersSelector(pod: Pod, world: World): Selector {
  const { namespace } = pod.metadata;
  let labels: Record<string, string> = {};
  for (const { metadata, spec } of world.services ?? []) {
    const selector = spec.selector;
    if (!selector || metadata.namespace !== namespace) continue;
    if (matchesLabels(selectorFromLabels(selector), pod.metadata.labels))
      labels = { ...labels, ...selector };
  }
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller);
  const named = <T extends { readonly metadata: Pod['metadata'] }>(all: readonly T[] = []) =>
    all.find(({ metadata }) => metadata.name === owner?.name && metadata.namespace === namespace);
  let more: Selector = [];
  if (owner?.apiVersion === 'v1' && owner.kind === 'ReplicationController')
    labels = { ...labels, ...named(world.replicationControllers)?.spec.selector };
  if (owner?.apiVersion === 'apps/v1' && owner.kind === 'ReplicaSet')
    more = selectorOf(named(world.replicaSets)?.spec.selector) ?? [];
  if (owner?.apiVersion === 'apps/v1' && owner.kind === 'StatefulSet')
    more = selectorOf(named(world.statefulSets)?.spec.selector) ?? [];
  return [...selectorFromLabels(labels), ...more];
}

const hasAllKeys = (node: Node, constraints: readonly Constraint[]) =>
  constraints.every(({ key }) => label(node, key) !== undefined);

const isCounted = ({ honoursAffinity, honoursTaints }: Constraint, pod: Pod, node: Node) =>
  (!honoursAffinity || matchesNodeAffinity(pod, node)) &&
  (!honoursTaints || toleratesHardTaints(pod, node));

/** Pods that are going do not count, and a selector that selects everything counts nothing. */
const matching = ({ selector }: Constraint, pod: Pod, node: Node, world: World) =>
  selector?.length === 0
    ? 0
    : podsOn(node, world).filter(
        ({ metadata }) =>
          metadata.namespace === pod.metadata.namespace &&
          !metadata.deletionTimestamp &&
          matchesLabels(selector, metadata.labels),
      ).length;

const missingLabel =
  "node(s) didn't match pod topology spread constraints (missing required label)";
const unbalanced = "node(s) didn't match pod topology spread constraints";

export const podTopologySpread: Filter = (pod, node, world) => {
  const constraints = constraintsOf(pod, 'DoNotSchedule');
  for (const constraint of constraints) {
    const domain = label(node, constraint.key);
    const plugin = 'PodTopologySpread';
    if (domain === undefined) return { plugin, reasons: [missingLabel], resolvable: false };
    const counts = new Map<string, number>();
    for (const other of world.nodes) {
      if (!hasAllKeys(other, constraints) || !isCounted(constraint, pod, other)) continue;
      const its = label(other, constraint.key)!;
      counts.set(its, (counts.get(its) ?? 0) + matching(constraint, pod, other, world));
    }
    const fewest = counts.size < constraint.minDomains ? 0 : Math.min(...counts.values());
    const self = matchesLabels(constraint.selector, pod.metadata.labels) ? 1 : 0;
    if ((counts.get(domain) ?? 0) + self - fewest > constraint.maxSkew)
      return { plugin, reasons: [unbalanced], resolvable: true };
  }
  return undefined;
};

/** How well the pod would be spread on each of the feasible nodes, 0 to 100. */
export function spreadScores(pod: Pod, feasible: readonly Node[], world: World): readonly number[] {
  const saysItself = (pod.spec.topologySpreadConstraints ?? []).length > 0;
  const constraints = saysItself
    ? constraintsOf(pod, 'ScheduleAnyway')
    : defaultConstraints(pod, world);
  if (constraints.length === 0) return feasible.map(() => 0);
  const counts = (node: Node) => !saysItself || hasAllKeys(node, constraints);
  const rated = feasible.filter(counts);
  const raw = new Map<Node, number>();
  for (const node of rated) {
    let score = 0;
    for (const constraint of constraints) {
      const domain = label(node, constraint.key);
      if (domain === undefined) continue;
      const isHostname = constraint.key === hostname;
      // Nodes without the label, which only the built-in constraints let through, share a domain of their own.
      const domains = new Set(rated.map((other) => label(other, constraint.key) ?? ''));
      const weight = Math.log((isHostname ? rated.length : domains.size) + 2);
      const among = isHostname
        ? [node]
        : world.nodes.filter(
            (other) =>
              counts(other) &&
              isCounted(constraint, pod, other) &&
              label(other, constraint.key) === domain,
          );
      const count = among.reduce((sum, other) => sum + matching(constraint, pod, other, world), 0);
      score += count * weight + (constraint.maxSkew - 1);
    }
    raw.set(node, Math.round(score));
  }
  const highest = Math.max(0, ...raw.values());
  const lowest = Math.min(...raw.values());
  return feasible.map((node) => {
    const own = raw.get(node);
    if (own === undefined) return 0;
    return highest === 0 ? 100 : Math.trunc((100 * (highest + lowest - own)) / highest);
  });
}
