import { daemonSets } from '@berth/api';
import type { DaemonSet, Draft, Pod } from '@berth/api';
import { revisionHashLabel } from '../history/plan.ts';
import { podFromTemplate } from '../owned-pods.ts';
import { tolerationsOf } from './eligible.ts';

const nameField = 'metadata.name';

/** A pod of the set for one node. The scheduler places it, and can place it nowhere else. */
export function draftDaemonPod(set: DaemonSet, nodeName: string, hash: string): Draft<Pod> {
  const draft = podFromTemplate(daemonSets, set, set.spec.template);
  const { affinity } = draft.spec;
  return {
    ...draft,
    metadata: {
      ...draft.metadata,
      labels: { ...draft.metadata.labels, [revisionHashLabel]: hash },
    },
    spec: {
      ...draft.spec,
      tolerations: tolerationsOf(draft.spec),
      affinity: {
        ...affinity,
        nodeAffinity: {
          ...affinity?.nodeAffinity,
          // What the set asks for beyond that was found to hold.
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchFields: [{ key: nameField, operator: 'In', values: [nodeName] }] },
            ],
          },
        },
      },
    },
  };
}

/** The node that a pod is on, or is meant for. */
export function targetNodeOf({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const field = terms
    ?.flatMap(({ matchFields = [] }) => matchFields)
    .find(({ key, operator }) => key === nameField && operator === 'In');
  return field?.values?.[0];
}
