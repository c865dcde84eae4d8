import type {
  Node,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
} from '../gen/types.ts';

type Values = (key: string) => string | undefined;

/** Whether the node matches all of one term; a term without requirements matches nothing, as upstream has it. */
export function matchesNodeTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const label: Values = (key) => node.metadata.labels?.[key];
  const field: Values = (key) => (key === 'metadata.name' ? node.metadata.name : undefined);
  return (
    matchExpressions.every((requirement) => satisfies(requirement, label)) &&
    matchFields.every((requirement) => satisfies(requirement, field))
  );
}

function satisfies({ key, operator, values = [] }: NodeSelectorRequirement, at: Values): boolean {
  const value = at(key);
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
      return compare(value, values[0], (a, b) => a > b);
    case 'Lt':
      return compare(value, values[0], (a, b) => a < b);
    default:
      return false;
  }
}

function compare(
  value: string | undefined,
  bound: string | undefined,
  holds: (a: bigint, b: bigint) => boolean,
): boolean {
  const integer = /^[-+]?\d+$/;
  if (value === undefined || bound === undefined) return false;
  return integer.test(value) && integer.test(bound) && holds(integerOf(value), integerOf(bound));
}

const integerOf = (text: string) => BigInt(text.replace(/^\+/, ''));

/** Whether the node matches any of the terms. */
export const matchesNodeSelector = ({ nodeSelectorTerms }: NodeSelector, node: Node): boolean =>
  nodeSelectorTerms.some((term) => matchesNodeTerm(term, node));

/** Upstream's required node affinity of a pod: its node selector and its required terms. Undefined: all nodes match. */
export function requiredNodes({ spec }: Pod): ((node: Node) => boolean) | undefined {
  const labels = Object.entries(spec.nodeSelector ?? {});
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (labels.length === 0 && !terms) return undefined;
  return (node) =>
    labels.every(([key, value]) => node.metadata.labels?.[key] === value) &&
    (!terms || matchesNodeSelector(terms, node));
}
