import { matchesNodeSelector, tolerates } from '@berth/api';
import type { DaemonSet, Node, PodSpec, Taint, Toleration } from '@berth/api';

/** Whether a node is to have a pod of the set, and whether one that it has may stay. */
export interface Eligibility {
  readonly shouldRun: boolean;
  readonly mayStay: boolean;
}

/** The node decides by its name, labels and taints; what a node may come to lack later takes nothing away from it. */
export function eligibilityOf({ spec }: DaemonSet, node: Node): Eligibility {
  const pod = spec.template.spec ?? { containers: [] };
  if (!fitsNode(pod, node)) return { shouldRun: false, mayStay: false };
  const tolerations = tolerationsOf(pod);
  const repels = (effect: string) =>
    (node.spec.taints ?? []).some(
      (taint) => taint.effect === effect && !isTolerated(taint, tolerations),
    );
  const drivesOut = repels('NoExecute');
  return { shouldRun: !drivesOut && !repels('NoSchedule'), mayStay: !drivesOut };
}

const isTolerated = (taint: Taint, tolerations: readonly Toleration[]) =>
  tolerations.some((toleration) => tolerates(toleration, taint));

function fitsNode({ nodeName, nodeSelector = {}, affinity }: PodSpec, node: Node): boolean {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return (
    (!nodeName || nodeName === node.metadata.name) &&
    Object.entries(nodeSelector).every(([key, value]) => node.metadata.labels?.[key] === value) &&
    (!required || matchesNodeSelector(required, node))
  );
}

const always = (key: string, effect: string): Toleration => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect,
});

/** The set's own, and those that keep its pods on nodes that are not well. */
export const tolerationsOf = ({
  tolerations = [],
  hostNetwork,
}: PodSpec): readonly Toleration[] => [
  ...tolerations,
  ...[
    always('not-ready', 'NoExecute'),
    always('unreachable', 'NoExecute'),
    always('disk-pressure', 'NoSchedule'),
    always('memory-pressure', 'NoSchedule'),
    always('pid-pressure', 'NoSchedule'),
    always('unschedulable', 'NoSchedule'),
    ...(hostNetwork ? [always('network-unavailable', 'NoSchedule')] : []),
  ].filter((added) => !tolerations.some((own) => isSame(own, added))),
];

const isSame = (a: Toleration, b: Toleration) =>
  a.key === b.key && a.operator === b.operator && a.effect === b.effect && !a.tolerationSeconds;
