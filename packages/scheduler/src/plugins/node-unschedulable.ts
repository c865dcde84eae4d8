import { fits, unresolvable } from '../framework.ts';
import type { Plugin } from '../framework.ts';
import { tolerates } from '../tolerations.ts';

const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const refused = unresolvable('node(s) were unschedulable');

/** Refuses cordoned nodes, unless the pod tolerates the taint that stands for it. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  scope: 'node',
  heedsPods: false,
  filter: ({ shape }) =>
    tolerates(shape.pod.spec.tolerations, taint)
      ? undefined
      : ({ node }) => (node.spec.unschedulable ? refused : fits),
};
