import type { Taint } from '@berth/api';
import { tolerates } from '../../tolerations.ts';
import { nodeChange, podChange } from '../change.ts';
import type { Change } from '../change.ts';
import type { Propose } from '../obstacle.ts';
import { isCordon, uncordon } from './cordon.ts';

/** TaintToleration: a toleration, or the node without the taint. */
export const proposeForTaints: Propose = ({ pod, node }) =>
  (node.node.spec.taints ?? [])
    .filter(
      (taint) =>
        taint.effect !== 'PreferNoSchedule' && !tolerates(pod.shape.pod.spec.tolerations, taint),
    )
    .map((taint) => ({
      alternatives: [
        tolerate(taint),
        isCordon(taint.key) ? uncordon(node.name) : untaint(node.name, taint),
      ],
    }));

const textOf = ({ key, value, effect }: Taint) => `${key}${value ? `=${value}` : ''}:${effect}`;

/** Set by the cluster because of the state that the node is in. */
const isCondition = ({ key }: Taint) => key.startsWith('node.kubernetes.io/');

function tolerate(taint: Taint): Change {
  const { key, value, effect } = taint;
  const toleration = value
    ? { key, operator: 'Equal', value, effect }
    : { key, operator: 'Exists', effect };
  return podChange(
    'AddToleration',
    `add a toleration for the taint ${textOf(taint)} to the pod`,
    isCondition(taint) ? 2 : 1,
    (spec) => ({ ...spec, tolerations: [...(spec.tolerations ?? []), toleration] }),
  );
}

function untaint(name: string, taint: Taint): Change {
  const text = isCondition(taint)
    ? `bring node ${name} out of the state that taints it ${textOf(taint)}`
    : `take the taint ${textOf(taint)} from node ${name}`;
  return nodeChange('RemoveTaint', text, 1.2, name, (node) => {
    const { taints = [], ...spec } = node.spec;
    const kept = taints.filter(({ key, effect }) => key !== taint.key || effect !== taint.effect);
    return { ...node, spec: { ...spec, ...(kept.length > 0 && { taints: kept }) } };
  });
}
