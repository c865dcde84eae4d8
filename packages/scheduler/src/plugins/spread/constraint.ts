import { matchesLabels, requiredNodes, selectorFromLabels, toSelector } from '@berth/api';
import type { Labels, Node, Selector, TopologySpreadConstraint } from '@berth/api';
import type { PodShape } from '../../pod-shape.ts';
import { tolerates } from '../../tolerations.ts';

export const hostname = 'kubernetes.io/hostname';

/** One topology spread constraint of a pod, ready to be asked. */
export interface Constraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly selector: Selector | undefined;
  /** Whether the pod counts itself. */
  readonly self: 0 | 1;
  /** Whether the pods of a node count, by the policies for affinity and taints. */
  readonly counts: (node: Node) => boolean;
}

/** A constraint as the configuration may give it for pods that have none: what it selects follows from the pod. */
export type DefaultConstraint = Pick<
  TopologySpreadConstraint,
  'maxSkew' | 'topologyKey' | 'whenUnsatisfiable'
>;

/** What upstream spreads by unless a pod or the configuration says otherwise. */
export const systemConstraints: readonly DefaultConstraint[] = [
  { maxSkew: 3, topologyKey: hostname, whenUnsatisfiable: 'ScheduleAnyway' },
  { maxSkew: 5, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
];

/** `given`: the selector of constraints that have none of their own. */
export function readConstraint(
  constraint: TopologySpreadConstraint,
  shape: PodShape,
  given?: Selector,
): Constraint {
  const { labelSelector, matchLabelKeys, minDomains = 1 } = constraint;
  const own = toSelector(labelSelector);
  const selector = given ?? (own && [...own, ...ownValues(matchLabelKeys, shape.labels)]);
  return {
    topologyKey: constraint.topologyKey,
    maxSkew: constraint.maxSkew,
    minDomains,
    selector,
    self: matchesLabels(selector, shape.labels) ? 1 : 0,
    counts: countsBy(constraint, shape),
  };
}

/** Requires the pod's own values of the labels that it has. */
const ownValues = (keys: readonly string[] = [], labels: Labels): Selector =>
  selectorFromLabels(
    Object.fromEntries(
      keys.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]])),
    ),
  );

function countsBy(
  { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' }: TopologySpreadConstraint,
  { pod }: PodShape,
): (node: Node) => boolean {
  const isRequired = nodeAffinityPolicy === 'Honor' ? requiredNodes(pod) : undefined;
  const { tolerations } = pod.spec;
  const honoursTaints = nodeTaintsPolicy === 'Honor';
  return (node) =>
    (!isRequired || isRequired(node)) &&
    (!honoursTaints ||
      (node.spec.taints ?? []).every(
        (taint) => taint.effect === 'PreferNoSchedule' || tolerates(tolerations, taint),
      ));
}
