import type { FieldError, Pod } from '@berth/api';
import { dnsLabel, forbiddenField, invalidValue, pods as podsType } from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { asGiven } from './given.ts';
import { podColumns } from './pod-columns.ts';
import { defaultPod } from './pod-defaults.ts';
import { qosClassOf } from './pod-qos.ts';
import { mergeMatchLabelKeys } from './pod-spec/match-label-keys.ts';
import { podWarnings } from './pod-spec/pod-spec-warnings.ts';
import { validatePodSpec } from './pod-spec/pod-spec.ts';
import { validatePodStatusChange } from './pod-status-update.ts';
import { validatePodChange } from './pod-update.ts';

export const pods: Strategy<Pod> = {
  type: podsType,
  defaults: defaultPod,
  prepareForCreate: (pod) => ({
    ...pod,
    spec: mergeMatchLabelKeys(pod),
    status: { phase: 'Pending', qosClass: qosClassOf(pod.spec), ...gatedCondition(pod) },
  }),
  prepareForUpdate: (pod, old) => ({ ...pod, ...(old.status && { status: old.status }) }),
  validate: (pod) => [...validatePod(pod), ...validateNew(pod)],
  validateUpdate: (pod, old) => [...validatePod(pod), ...validatePodChange(pod, old)],
  warnings: (pod, old) =>
    old ? [] : [...nameWarning(pod), ...podWarnings('', pod.metadata, pod.spec)],
  status: { validateUpdate: validatePodStatusChange },
  selectable: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  selectableFields: ({ spec, status }) => ({
    'spec.nodeName': spec.nodeName ?? '',
    'spec.restartPolicy': spec.restartPolicy ?? '',
    'spec.schedulerName': spec.schedulerName ?? '',
    'spec.serviceAccountName': spec.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec.hostNetwork ?? false),
    'status.phase': status?.phase ?? '',
    'status.podIP': status?.podIPs?.[0]?.ip ?? '',
    'status.podIPs': (status?.podIPs ?? []).map(({ ip }) => ip).join(','),
    'status.nominatedNodeName': status?.nominatedNodeName ?? '',
  }),
  columns: podColumns,
  allowUnconditionalUpdate: true,
  deletionGrace,
  returnsDeleted: true,
};

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';

function validatePod(pod: Pod): readonly FieldError[] {
  const { metadata, spec } = asGiven(pod);
  const annotations = metadata?.annotations ?? {};
  const mirror = annotations[mirrorAnnotation];
  return [
    ...(mirror !== undefined && !spec?.nodeName
      ? [
          invalidValue(
            `metadata.annotations[${mirrorAnnotation}]`,
            mirror,
            'must set spec.nodeName if mirror pod annotation is set',
          ),
        ]
      : []),
    ...checkDeletionCost(annotations[deletionCostAnnotation]),
    ...validatePodSpec('spec', spec ?? {}, { inPod: true, podName: metadata?.name ?? '' }),
    ...validateTokens(pod),
    ...checkImages('spec.containers', spec?.containers ?? []),
    ...checkImages('spec.initContainers', spec?.initContainers ?? []),
    ...checkImages('spec.ephemeralContainers', spec?.ephemeralContainers ?? []),
  ];
}

function checkDeletionCost(text: string | undefined): readonly FieldError[] {
  if (text === undefined) return [];
  const cost = /^(0|-?[1-9]\d{0,9})$/.test(text) ? Number(text) : Number.NaN;
  return cost >= -(2 ** 31) && cost < 2 ** 31
    ? []
    : [
        invalidValue(
          `metadata.annotations[${deletionCostAnnotation}]`,
          text,
          'must be a 32bit integer',
        ),
      ];
}

const checkImages = (
  path: string,
  containers: readonly { readonly image?: string }[],
): readonly FieldError[] =>
  containers.flatMap(({ image = '' }, i) =>
    image.trim() === image
      ? []
      : [
          invalidValue(
            `${path}[${i}].image`,
            image,
            'must not have leading or trailing whitespace',
          ),
        ],
  );

/** A token speaks for a service account: without one there is none. */
const validateTokens = ({ spec }: Pod): readonly FieldError[] =>
  spec.serviceAccountName
    ? []
    : (spec.volumes ?? []).flatMap(({ projected }, i) =>
        (projected?.sources ?? []).flatMap(({ serviceAccountToken }, j) =>
          serviceAccountToken
            ? [
                forbiddenField(
                  `spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`,
                  'must not be specified when serviceAccountName is not set',
                ),
              ]
            : [],
        ),
      );

const validateNew = ({ spec }: Pod): readonly FieldError[] => [
  ...(spec.ephemeralContainers?.length
    ? [forbiddenField('spec.ephemeralContainers', 'cannot be set on create')]
    : []),
  ...(spec.nodeName && spec.schedulingGates?.length
    ? [forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')]
    : []),
];

const gatedCondition = ({ spec }: Pod): NonNullable<Pod['status']> =>
  spec.schedulingGates?.length
    ? {
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'SchedulingGated',
            message: 'Scheduling is blocked due to non-empty scheduling gates',
          },
        ],
      }
    : {};

function nameWarning({ metadata }: Pod): readonly string[] {
  const problems = dnsLabel(metadata.name);
  return problems.length === 0
    ? []
    : [
        `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
      ];
}

/** The node gets this long to stop the pod; a pod that no node runs, or that has ended, goes at once. */
function deletionGrace({ spec, status }: Pod, asked: number | undefined): number {
  if (!spec.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0;
  const seconds = asked ?? spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}
