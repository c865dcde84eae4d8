import { fits, normalizeByMax, unresolvable } from '../framework.ts';
import type { Plugin } from '../framework.ts';
import { tolerates } from '../tolerations.ts';

const refused = unresolvable('node(s) had untolerated taint(s)');

/** Keeps pods off nodes whose NoSchedule and NoExecute taints they do not tolerate, and prefers fewer soft ones. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  weight: 3,
  scope: 'node',
  heedsPods: false,
  filter({ shape }) {
    const { tolerations } = shape.pod.spec;
    return ({ node }) =>
      (node.spec.taints ?? []).some(
        (taint) => taint.effect !== 'PreferNoSchedule' && !tolerates(tolerations, taint),
      )
        ? refused
        : fits;
  },
  score: {
    prepare({ shape }) {
      const soft = (shape.pod.spec.tolerations ?? []).filter(
        ({ effect }) => !effect || effect === 'PreferNoSchedule',
      );
      return ({ node }) =>
        (node.spec.taints ?? []).filter(
          (taint) => taint.effect === 'PreferNoSchedule' && !tolerates(soft, taint),
        ).length;
    },
    normalize: (scores) => normalizeByMax(scores, true),
  },
};
