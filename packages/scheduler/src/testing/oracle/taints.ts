import type { Node, Pod, Taint, Toleration } from '@berth/api';
import type { Filter } from './world.ts';

function tolerates(
  { key, operator, value, effect }: Toleration,
  taint: Pick<Taint, 'key' | 'value' | 'effect'>,
): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return (operator ?? 'Equal') === 'Equal' && (value ?? '') === (taint.value ?? '');
}

const untolerated = (pod: Pod, node: Node, effects: readonly string[]) =>
  (node.spec.taints ?? []).filter(
    (taint) =>
      effects.includes(taint.effect) &&
      !(pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  );

export const toleratesHardTaints = (pod: Pod, node: Node): boolean =>
  untolerated(pod, node, ['NoSchedule', 'NoExecute']).length === 0;

export const taintToleration: Filter = (pod, node) =>
  toleratesHardTaints(pod, node)
    ? undefined
    : {
        plugin: 'TaintToleration',
        reasons: ['node(s) had untolerated taint(s)'],
        resolvable: false,
      };

/** How many soft taints of the node the pod does not tolerate. */
export const softTaints = (pod: Pod, node: Node): number =>
  untolerated(pod, node, ['PreferNoSchedule']).length;

export const nodeUnschedulable: Filter = (pod, node) => {
  const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  const mayStay = (pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint));
  return node.spec.unschedulable && !mayStay
    ? {
        plugin: 'NodeUnschedulable',
        reasons: ['node(s) were unschedulable'],
        resolvable: false,
      }
    : undefined;
};
