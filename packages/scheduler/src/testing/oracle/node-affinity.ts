import type { Node, NodeSelectorRequirement, NodeSelectorTerm, Pod } from '@berth/api';
import { label } from './world.ts';
import type { Filter } from './world.ts';

const integer = (text: string | undefined) =>
  text !== undefined && /^[-+]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;

function holds(
  { operator, values = [] }: NodeSelectorRequirement,
  value: string | undefined,
): boolean {
  const [actual, bound] = [integer(value), integer(values[0])];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return actual !== undefined && bound !== undefined && actual > bound;
    case 'Lt':
      return actual !== undefined && bound !== undefined && actual < bound;
    default:
      return false;
  }
}

/** A term that says nothing matches nothing. */
export function matchesNodeTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  node: Node,
): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((expression) => holds(expression, label(node, expression.key))) &&
    matchFields.every((field) =>
      holds(field, field.key === 'metadata.name' ? node.metadata.name : undefined),
    )
  );
}

const requiredTerms = ({ spec }: Pod) =>
  spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;

/** Both what `nodeSelector` and what the required node affinity say. */
export function matchesNodeAffinity(pod: Pod, node: Node): boolean {
  const selected = Object.entries(pod.spec.nodeSelector ?? {}).every(
    ([key, value]) => label(node, key) === value,
  );
  const terms = requiredTerms(pod);
  return selected && (!terms || terms.some((term) => matchesNodeTerm(term, node)));
}

export const nodeAffinity: Filter = (pod, node) =>
  matchesNodeAffinity(pod, node)
    ? undefined
    : {
        plugin: 'NodeAffinity',
        reasons: ["node(s) didn't match Pod's node affinity/selector"],
        resolvable: false,
      };

/** The only nodes that the required terms name, when every term names some. */
export function namedNodes(pod: Pod): ReadonlySet<string> | undefined {
  const terms = requiredTerms(pod);
  if (!terms) return undefined;
  const named = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const lists = matchFields
      .filter(({ key, operator }) => key === 'metadata.name' && operator === 'In')
      .map(({ values = [] }) => values);
    const [first] = lists;
    if (!first) return undefined;
    for (const name of first) if (lists.every((list) => list.includes(name))) named.add(name);
  }
  return named;
}

/** The weights of the preferred terms that hold; a term that says nothing has none. */
export const preferredNodeWeight = ({ spec }: Pod, node: Node): number =>
  (spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    .filter(({ preference }) => matchesNodeTerm(preference, node))
    .reduce((total, { weight }) => total + weight, 0);

export const nodeName: Filter = ({ spec }, node) =>
  spec.nodeName && spec.nodeName !== node.metadata.name
    ? {
        plugin: 'NodeName',
        reasons: ["node(s) didn't match the requested node name"],
        resolvable: false,
      }
    : undefined;
