import type { NodeAffinity, NodeSelector, Pod } from '@berth/api';
import { fits, normalizeByMax, unresolvable } from '../framework.ts';
import type { Plugin } from '../framework.ts';
import { matchesNodeSelector, matchesNodeTerm, requiredNodes } from '@berth/api';

export interface NodeAffinityArgs {
  /** Holds for every pod of the profile, beside what the pod says itself. */
  readonly addedAffinity?: NodeAffinity;
}

const refused = unresolvable("node(s) didn't match Pod's node affinity/selector");
const conflict = unresolvable('pod affinity terms conflict');
const refusedByAdded = unresolvable("node(s) didn't match scheduler-enforced node affinity");

/** `spec.nodeSelector` and node affinity: required terms filter, preferred terms score. */
export function createNodeAffinity({ addedAffinity }: NodeAffinityArgs = {}): Plugin {
  const added = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const addedPreferred = preferredOf(addedAffinity);
  return {
    name: 'NodeAffinity',
    weight: 2,
    scope: 'node',
    heedsPods: false,
    obstacle: ({ shape }) => (namedNodes(affinityOf(shape.pod))?.size === 0 ? conflict : undefined),
    only: ({ shape }) => namedNodes(affinityOf(shape.pod)),
    filter({ shape }) {
      const isRequired = requiredNodes(shape.pod);
      if (!isRequired && !added) return undefined;
      return ({ node }) => {
        if (added && !matchesNodeSelector(added, node)) return refusedByAdded;
        return isRequired && !isRequired(node) ? refused : fits;
      };
    },
    score: {
      prepare({ shape }) {
        const preferred = [
          ...addedPreferred,
          ...preferredOf(shape.pod.spec.affinity?.nodeAffinity),
        ];
        if (preferred.length === 0) return undefined;
        return ({ node }) =>
          preferred
            .filter(({ preference }) => matchesNodeTerm(preference, node))
            .reduce((sum, { weight }) => sum + weight, 0);
      },
      normalize: (scores) => normalizeByMax(scores, false),
    },
  };
}

const affinityOf = ({ spec }: Pod): NodeSelector | undefined =>
  spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;

/** A preference that prefers nothing in particular has no say. */
const preferredOf = (affinity: NodeAffinity | undefined) =>
  (affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).filter(
    ({ weight }) => weight !== 0,
  );

/** The nodes that are named where every term names some, as DaemonSets have it. */
function namedNodes(selector: NodeSelector | undefined): ReadonlySet<string> | undefined {
  if (!selector) return undefined;
  const names = new Set<string>();
  for (const { matchFields = [] } of selector.nodeSelectorTerms) {
    const named = matchFields.filter(
      ({ key, operator }) => key === 'metadata.name' && operator === 'In',
    );
    if (named.length === 0) return undefined;
    const [first, ...others] = named.map(({ values = [] }) => values);
    for (const name of first ?? [])
      if (others.every((values) => values.includes(name))) names.add(name);
  }
  return names;
}
