import { matchesNodeTerm } from '@berth/api';
import type { Node, NodeSelectorRequirement, NodeSelectorTerm } from '@berth/api';
import { podChange } from '../change.ts';
import type { Change } from '../change.ts';
import type { Obstacle, Propose } from '../obstacle.ts';
import { relabel } from './labels.ts';
import type { LabelChanges } from './labels.ts';

/** NodeAffinity: labels for the node, or a pod that asks for less. */
export const proposeForNodeAffinity: Propose = ({ pod, node: { node, name } }) => {
  const { nodeSelector = {}, affinity } = pod.shape.pod.spec;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = required?.nodeSelectorTerms ?? [];
  const ofAffinity: Obstacle[] =
    required && !terms.some((term) => matchesNodeTerm(term, node))
      ? [{ alternatives: [...terms.flatMap((term) => labelsFor(term, node, name)), dropAffinity] }]
      : [];
  return [
    ...Object.entries(nodeSelector)
      .filter(([key, value]) => node.metadata.labels?.[key] !== value)
      .map(([key, value]) => ({
        alternatives: [relabel(name, { [key]: value }), dropSelector(key, value)],
      })),
    ...ofAffinity,
  ];
};

const dropSelector = (dropped: string, value: string): Change =>
  podChange(
    'RemoveNodeSelector',
    `take ${dropped}=${value} out of the pod's nodeSelector`,
    1.1,
    ({ nodeSelector = {}, ...spec }) => ({
      ...spec,
      nodeSelector: Object.fromEntries(
        Object.entries(nodeSelector).filter(([key]) => key !== dropped),
      ),
    }),
  );

const dropAffinity: Change = podChange(
  'RemoveNodeAffinity',
  "take the required node affinity out of the pod's spec",
  1.5,
  (spec) => {
    const { requiredDuringSchedulingIgnoredDuringExecution: _, ...nodeAffinity } =
      spec.affinity?.nodeAffinity ?? {};
    return { ...spec, affinity: { ...spec.affinity, nodeAffinity } };
  },
);

/** The labels that make the node match the term; none when no labels can. */
function labelsFor(term: NodeSelectorTerm, node: Node, name: string): readonly Change[] {
  const { matchExpressions = [], matchFields } = term;
  if (matchFields && !matchesNodeTerm({ matchFields }, node)) return [];
  const labels: Record<string, string | undefined> = {};
  for (const requirement of matchExpressions) {
    if (matchesNodeTerm({ matchExpressions: [requirement] }, node)) continue;
    Object.assign(labels, labelFor(requirement));
  }
  return Object.keys(labels).length > 0 ? [relabel(name, labels)] : [];
}

function labelFor({ key, operator, values = [] }: NodeSelectorRequirement): LabelChanges {
  const [first = ''] = values;
  switch (operator) {
    case 'In':
      return { [key]: first };
    case 'Exists':
      return { [key]: 'true' };
    case 'NotIn':
    case 'DoesNotExist':
      return { [key]: undefined };
    case 'Gt':
      return { [key]: String(Number(first) + 1) };
    case 'Lt':
      return { [key]: String(Number(first) - 1) };
    default:
      return {};
  }
}
