import type { FieldError, ReplicaSet } from '@berth/api';
import { isDeepEqual, replicaSets as replicaSetsType } from '@berth/api';
import { ageColumn, containerColumns, nameColumn } from '../core/columns.ts';
import { checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import { defaultPodTemplate } from '../core/pod-spec/pod-spec-defaults.ts';
import { podWarnings } from '../core/pod-spec/pod-spec-warnings.ts';
import type { Strategy } from '../strategy.ts';
import { selectorColumn, selectorText, validateCounts, validateReplicated } from './replicas.ts';

export const replicaSets: Strategy<ReplicaSet> = {
  type: replicaSetsType,
  defaults: (set) => ({
    ...set,
    spec: {
      ...set.spec,
      replicas: asGiven(set).spec?.replicas ?? 1,
      template: defaultPodTemplate(asGiven(set).spec ? set.spec.template : undefined),
    },
    status: set.status ?? { replicas: 0 },
  }),
  prepareForCreate: (set) => ({ ...set, status: { replicas: 0 } }),
  prepareForUpdate: (set, old) => ({ ...set, ...(old.status && { status: old.status }) }),
  validate,
  validateUpdate: (set, old) => [
    ...validate(set),
    ...checkUnchanged(
      'spec.selector',
      set.spec.selector,
      isDeepEqual(set.spec.selector, old.spec.selector),
    ),
  ],
  warnings: ({ spec: { template = {} } }, old) =>
    old && isDeepEqual(template, old.spec.template)
      ? []
      : podWarnings('spec.template', template.metadata ?? {}, template.spec ?? { containers: [] }),
  status: {
    validateUpdate: ({ status }) => validateCounts(status ?? {}),
  },
  scale: {
    replicas: ({ spec }) => spec.replicas ?? 0,
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => selectorText(spec.selector),
    withReplicas: (set, replicas) => ({ ...set, spec: { ...set.spec, replicas } }),
  },
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
    ...containerColumns<ReplicaSet>(({ spec }) => spec.template?.spec?.containers ?? []),
    selectorColumn<ReplicaSet>(({ spec }) => spec.selector, '<none>'),
  ],
  allowUnconditionalUpdate: true,
};

function validate(set: ReplicaSet): readonly FieldError[] {
  return validateReplicated(asGiven(set).spec ?? {});
}
