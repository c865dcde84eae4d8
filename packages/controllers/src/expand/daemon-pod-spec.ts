import type { NodeSelectorTerm, PodSpec, Toleration } from '@berth/api';

const condition = (name: string, effect: string): Toleration => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect,
});

/** What daemons put up with beside what they say themselves: they run where nothing else can. */
const tolerations: readonly Toleration[] = [
  condition('not-ready', 'NoExecute'),
  condition('unreachable', 'NoExecute'),
  condition('disk-pressure', 'NoSchedule'),
  condition('memory-pressure', 'NoSchedule'),
  condition('pid-pressure', 'NoSchedule'),
  condition('unschedulable', 'NoSchedule'),
];

/** The spec of a daemon's pod for one node: the node is named in its affinity, so that the scheduler still decides. */
export function daemonPodSpec(spec: PodSpec, nodeName: string): PodSpec {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [nodeName] }];
  // Terms are alternatives, so each of them names the node.
  const nodeSelectorTerms: readonly NodeSelectorTerm[] = required
    ? required.nodeSelectorTerms.map(({ matchExpressions }) => ({
        ...(matchExpressions && { matchExpressions }),
        matchFields,
      }))
    : [{ matchFields }];
  return {
    ...spec,
    affinity: {
      ...spec.affinity,
      nodeAffinity: {
        ...spec.affinity?.nodeAffinity,
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
      },
    },
    tolerations: [
      ...(spec.tolerations ?? []),
      ...tolerations,
      ...(spec.hostNetwork ? [condition('network-unavailable', 'NoSchedule')] : []),
    ],
  };
}
