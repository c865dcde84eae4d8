import { duplicate, isDeepEqual, required, tooMany, workloads as type } from '@berth/api';
import type {
  FieldError,
  PodGroupTemplate,
  V1alpha2TypedLocalObjectReference,
  Workload,
} from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import {
  checkDnsLabel,
  checkPathSegment,
  checkSubdomain,
  checkUnchanged,
} from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import type { Strategy, StrategyContext } from '../strategy.ts';
import {
  checkDisruption,
  checkPolicy,
  withDisruptionMode,
  withoutGatedFields,
} from './scheduling-policy.ts';

/** What pod groups are made from; nothing in it can change. */
export const workloads: Strategy<Workload> = {
  type,
  defaults: (workload) => withTemplates(workload, withDisruptionMode),
  prepareForCreate: (workload, { warn }) => ungated(workload, warn),
  prepareForUpdate: (workload, _old, { warn }) => ungated(workload, warn),
  validate,
  validateUpdate: (workload, old) =>
    (['controllerRef', 'podGroupTemplates'] as const).flatMap((field) => {
      const [next, before] = [workload, old].map((each) => asGiven(each).spec?.[field]);
      return checkUnchanged(`spec.${field}`, next ?? null, isDeepEqual(next, before));
    }),
  columns: [nameColumn, ageColumn],
  allowUnconditionalUpdate: true,
};

const mostTemplates = 8;

const ungated = (workload: Workload, warn: StrategyContext['warn']): Workload =>
  withTemplates(workload, (template, i) =>
    withoutGatedFields(`spec.podGroupTemplates[${i}]`, template, warn),
  );

function withTemplates(
  workload: Workload,
  change: (template: PodGroupTemplate, i: number) => PodGroupTemplate,
): Workload {
  const { podGroupTemplates } = asGiven(workload).spec ?? {};
  if (!podGroupTemplates) return workload;
  const templates = workload.spec.podGroupTemplates.map(change);
  return { ...workload, spec: { ...workload.spec, podGroupTemplates: templates } };
}

function validate(workload: Workload): readonly FieldError[] {
  const { controllerRef, podGroupTemplates = [] } = asGiven(workload).spec ?? {};
  const path = 'spec.podGroupTemplates';
  return [
    ...(controllerRef ? checkController('spec.controllerRef', controllerRef) : []),
    ...(podGroupTemplates.length === 0
      ? [required(path, 'must have at least one item')]
      : podGroupTemplates.length > mostTemplates
        ? [tooMany(path, podGroupTemplates.length, mostTemplates)]
        : podGroupTemplates.flatMap((template, i) =>
            checkTemplate(`${path}[${i}]`, template, podGroupTemplates.slice(0, i)),
          )),
  ];
}

const checkController = (
  path: string,
  { apiGroup, kind, name }: Given<V1alpha2TypedLocalObjectReference>,
): readonly FieldError[] => [
  ...(apiGroup ? checkSubdomain(`${path}.apiGroup`, apiGroup) : []),
  ...(kind ? checkPathSegment(`${path}.kind`, kind) : [required(`${path}.kind`)]),
  ...(name ? checkPathSegment(`${path}.name`, name) : [required(`${path}.name`)]),
];

const checkTemplate = (
  path: string,
  template: Given<PodGroupTemplate>,
  before: readonly Given<PodGroupTemplate>[],
): readonly FieldError[] => {
  const { name, schedulingPolicy } = template;
  return [
    ...(name ? checkDnsLabel(`${path}.name`, name) : [required(`${path}.name`)]),
    ...(before.some((other) => other.name === name) ? [duplicate(path, { name })] : []),
    ...checkPolicy(`${path}.schedulingPolicy`, schedulingPolicy),
    ...checkDisruption(path, template),
  ];
};
