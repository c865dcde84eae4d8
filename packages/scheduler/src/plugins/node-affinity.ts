import { fits, normalizeByMax, unresolvable } from '../framework.ts';
import type { Plugin } from '../framework.ts';
import { matchesTerm } from '../node-selector.ts';

const refused = unresolvable("node(s) didn't match Pod's node affinity/selector");

/** `spec.nodeSelector` and node affinity: required terms filter, preferred terms score. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  filter({ pod: { spec } }) {
    const selector = Object.entries(spec.nodeSelector ?? {});
    const terms =
      spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
        ?.nodeSelectorTerms;
    if (selector.length === 0 && !terms) return undefined;
    return ({ node }) => {
      const labels = node.metadata.labels ?? {};
      const selected = selector.every(([key, value]) => labels[key] === value);
      return selected && (!terms || terms.some((term) => matchesTerm(term, node))) ? fits : refused;
    };
  },
  score: {
    weight: 2,
    prepare({ pod: { spec } }) {
      const preferred =
        spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
      if (preferred.length === 0) return undefined;
      return ({ node }) =>
        preferred
          .filter(({ preference }) => isEmpty(preference) || matchesTerm(preference, node))
          .reduce((sum, { weight }) => sum + weight, 0);
    },
    normalize: (scores) => normalizeByMax(scores, false),
  },
};

const isEmpty = ({
  matchExpressions = [],
  matchFields = [],
}: {
  readonly matchExpressions?: readonly unknown[];
  readonly matchFields?: readonly unknown[];
}) => matchExpressions.length === 0 && matchFields.length === 0;
