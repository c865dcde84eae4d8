import { invalidValue, isDeepEqual, podGroups as type, required } from '@berth/api';
import type { FieldError, PodGroup, PodGroupTemplateReference } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkConditions } from '../core/condition-checks.ts';
import { checkDnsLabel, checkSubdomain, checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import type { Strategy, StrategyContext } from '../strategy.ts';
import {
  checkDisruption,
  checkPolicy,
  withDisruptionMode,
  withoutGatedFields,
} from './scheduling-policy.ts';

/** Pods that are scheduled together; how is fixed when the group is made. */
export const podGroups: Strategy<PodGroup> = {
  type,
  defaults: (group) =>
    asGiven(group).spec ? { ...group, spec: withDisruptionMode(group.spec) } : group,
  prepareForCreate: ({ status: _status, ...group }, { warn }) => ungated(group, warn),
  prepareForUpdate: ({ status: _status, ...group }, { status }, { warn }) =>
    ungated({ ...group, ...(status && { status }) }, warn),
  validate,
  validateUpdate: (group, old) =>
    fixed.flatMap((field) => {
      const [next, before] = [group, old].map((each) => asGiven(each).spec?.[field]);
      return checkUnchanged(`spec.${field}`, next ?? null, isDeepEqual(next, before));
    }),
  status: {
    validateUpdate: ({ status }) =>
      checkConditions('status.conditions', asGiven(status)?.conditions ?? []),
  },
  columns: [
    nameColumn,
    {
      name: 'Min Count',
      type: 'string',
      priority: 1,
      description: 'How many pods have to have a node at the same time.',
      cell: (group) => String(asGiven(group).spec?.schedulingPolicy?.gang?.minCount ?? '<none>'),
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};

const fixed = [
  'podGroupTemplateRef',
  'schedulingPolicy',
  'disruptionMode',
  'priorityClassName',
  'priority',
] as const;

const ungated = (group: PodGroup, warn: StrategyContext['warn']): PodGroup =>
  asGiven(group).spec ? { ...group, spec: withoutGatedFields('spec', group.spec, warn) } : group;

function validate(group: PodGroup): readonly FieldError[] {
  const spec = asGiven(group).spec ?? {};
  const { podGroupTemplateRef, schedulingPolicy } = spec;
  return [
    ...(podGroupTemplateRef
      ? checkTemplateRef('spec.podGroupTemplateRef', podGroupTemplateRef)
      : []),
    ...checkPolicy('spec.schedulingPolicy', schedulingPolicy),
    ...checkDisruption('spec', spec),
  ];
}

function checkTemplateRef(
  path: string,
  { workload }: Given<PodGroupTemplateReference>,
): readonly FieldError[] {
  if (!workload) return [invalidValue(path, '', 'must specify one of: `workload`')];
  const { workloadName, podGroupTemplateName } = workload;
  return [
    ...(workloadName
      ? checkSubdomain(`${path}.workload.workloadName`, workloadName)
      : [required(`${path}.workload.workloadName`)]),
    ...(podGroupTemplateName
      ? checkDnsLabel(`${path}.workload.podGroupTemplateName`, podGroupTemplateName)
      : [required(`${path}.workload.podGroupTemplateName`)]),
  ];
}
