import { nodeChange } from '../change.ts';
import type { Propose } from '../obstacle.ts';

const taintKey = 'node.kubernetes.io/unschedulable';

export const uncordon = (name: string) =>
  nodeChange('Uncordon', `let pods onto node ${name} again: uncordon it`, 1, name, (node) => {
    const { unschedulable: _, taints = [], ...spec } = node.spec;
    const kept = taints.filter(({ key }) => key !== taintKey);
    return { ...node, spec: { ...spec, ...(kept.length > 0 && { taints: kept }) } };
  });

export const isCordon = (key: string): boolean => key === taintKey;

/** NodeUnschedulable. */
export const proposeUncordon: Propose = ({ node }) => [{ alternatives: [uncordon(node.name)] }];
