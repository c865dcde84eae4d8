import { nodes } from '@berth/api';
import type { Node } from '@berth/api';
import type { Admission } from './admission.ts';
import { on } from './on.ts';

const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

/** A new node takes pods only once its conditions say so; the node lifecycle controller then lifts the taint. */
export const taintNodes: Admission = {
  name: 'TaintNodesByCondition',
  handles: on(nodes, 'CREATE'),
  mutate(object) {
    const node = object as Node;
    const { taints = [] } = node.spec;
    if (taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect))
      return node;
    return { ...node, spec: { ...node.spec, taints: [...taints, notReady] } };
  },
};
