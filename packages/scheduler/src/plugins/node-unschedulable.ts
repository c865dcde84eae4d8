import { fits, unresolvable } from '../framework.ts';
import type { Plugin } from '../framework.ts';
import { tolerates } from '../tolerations.ts';

const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Refuses cordoned nodes, unless the pod tolerates the taint that stands for it. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  filter: ({ pod }) =>
    tolerates(pod.spec.tolerations, taint)
      ? undefined
      : ({ node }) => (node.spec.unschedulable ? unresolvable('node(s) were unschedulable') : fits),
};
