import {
  formatSelector,
  invalidValue,
  isDeepEqual,
  matchesLabels,
  replicationControllers as type,
  required,
  selectorFromLabels,
} from '@berth/api';
import type { FieldError, ReplicationController } from '@berth/api';
import { validateCounts } from '../apps/replicas.ts';
import type { Strategy } from '../strategy.ts';
import { ageColumn, containerColumns, formatLabels, nameColumn } from './columns.ts';
import { checkLabels, checkNonNegative } from './field-checks.ts';
import { asGiven } from './given.ts';
import { defaultPodTemplate } from './pod-spec/pod-spec-defaults.ts';
import { podWarnings } from './pod-spec/pod-spec-warnings.ts';
import { validateLastingTemplate } from './pod-spec/pod-template.ts';

export const replicationControllers: Strategy<ReplicationController> = {
  type,
  defaults,
  prepareForCreate: (controller) => ({ ...controller, status: { replicas: 0 } }),
  prepareForUpdate: (controller, old) => ({
    ...controller,
    ...(old.status && { status: old.status }),
  }),
  validate,
  validateUpdate: validate,
  warnings: (controller, old) => {
    const { template = {} } = controller.spec;
    return old && isDeepEqual(template, old.spec.template)
      ? []
      : podWarnings('spec.template', template.metadata ?? {}, template.spec ?? { containers: [] });
  },
  status: { validateUpdate: ({ status }) => validateCounts(status ?? {}) },
  scale: {
    replicas: ({ spec }) => spec.replicas ?? 0,
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => formatSelector(selectorFromLabels(spec.selector ?? {})),
    withReplicas: (controller, replicas) => ({
      ...controller,
      spec: { ...controller.spec, replicas },
    }),
  },
  orphansByDefault: true,
  selectable: ['status.replicas'],
  selectableFields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  columns: [
    nameColumn,
    {
      name: 'Desired',
      type: 'integer',
      description: 'Pods that should be.',
      cell: ({ spec }) => spec.replicas ?? 0,
    },
    {
      name: 'Current',
      type: 'integer',
      description: 'Pods that are.',
      cell: ({ status }) => status?.replicas ?? 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      description: 'Pods that are ready.',
      cell: ({ status }) => status?.readyReplicas ?? 0,
    },
    ageColumn,
    ...containerColumns<ReplicationController>(({ spec }) => spec.template?.spec?.containers ?? []),
    {
      name: 'Selector',
      type: 'string',
      description: 'Labels of the pods that belong to it.',
      priority: 1,
      cell: ({ spec }) => formatLabels(spec.selector),
    },
  ],
  allowUnconditionalUpdate: true,
};

/** What the template says of its pods holds for the controller, unless it says otherwise itself. */
function defaults(controller: ReplicationController): ReplicationController {
  const { metadata } = controller;
  const spec: Partial<ReplicationController['spec']> = asGiven(controller).spec
    ? controller.spec
    : {};
  const labels = spec.template?.metadata?.labels ?? {};
  const saysSo = Object.keys(labels).length > 0;
  const lacks = (own: Readonly<Record<string, string>> | undefined) =>
    saysSo && Object.keys(own ?? {}).length === 0;
  return {
    ...controller,
    metadata: lacks(metadata.labels) ? { ...metadata, labels } : metadata,
    spec: {
      ...spec,
      ...(lacks(spec.selector) && { selector: labels }),
      replicas: spec.replicas ?? 1,
      ...(spec.template && { template: defaultPodTemplate(spec.template) }),
    },
    status: controller.status ?? { replicas: 0 },
  };
}

function validate(controller: ReplicationController): readonly FieldError[] {
  const { replicas, minReadySeconds, selector = {}, template } = asGiven(controller).spec ?? {};
  return [
    ...checkNonNegative('spec.minReadySeconds', minReadySeconds),
    ...(Object.keys(selector).length === 0
      ? [required('spec.selector')]
      : checkLabels('spec.selector', selector)),
    ...checkNonNegative('spec.replicas', replicas),
    ...(template
      ? [
          ...checkMatch(selector, template.metadata?.labels ?? {}),
          ...validateLastingTemplate('spec.template', template),
        ]
      : [required('spec.template')]),
  ];
}

const checkMatch = (
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): readonly FieldError[] =>
  Object.keys(selector).length === 0 || matchesLabels(selectorFromLabels(selector), labels)
    ? []
    : [
        invalidValue(
          'spec.template.metadata.labels',
          labels,
          '`selector` does not match template `labels`',
        ),
      ];
