import {
  at,
  forbiddenField,
  invalidValue,
  isDeepEqual,
  matchesLabels,
  notSupported,
  required,
  toSelector,
} from '@berth/api';
import type {
  DaemonSet,
  DaemonSetUpdateStrategy,
  FieldError,
  LabelSelector,
  PodTemplateSpec,
} from '@berth/api';
import { checkLabelSelector, checkNonNegative, checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import { validatePodTemplate } from '../core/pod-spec/pod-template.ts';
import { checkCollisions } from './replicas.ts';
import { checkAtMostAll, checkShare, isNone } from './shares.ts';

export function validateSet(set: DaemonSet): readonly FieldError[] {
  const spec = asGiven(set).spec ?? {};
  const { template = {} } = spec;
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  return [
    ...validateSelector(spec.selector, template),
    ...validatePodTemplate('spec.template', template),
    ...(restartPolicy === 'Always'
      ? []
      : [notSupported('spec.template.spec.restartPolicy', restartPolicy ?? '', ['Always'])]),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [
          forbiddenField(
            'spec.template.spec.activeDeadlineSeconds',
            'activeDeadlineSeconds in DaemonSet is not Supported',
          ),
        ]),
    ...checkNonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...validateStrategy('spec.updateStrategy', spec.updateStrategy ?? {}),
    ...checkNonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
  ];
}

export const validateSetChange = (set: DaemonSet, old: DaemonSet): readonly FieldError[] => [
  ...validateSet(set),
  ...checkUnchanged(
    'spec.selector',
    set.spec.selector,
    isDeepEqual(set.spec.selector, old.spec.selector),
  ),
];

function validateSelector(
  selector: Given<LabelSelector> | undefined,
  { metadata }: Given<PodTemplateSpec>,
): readonly FieldError[] {
  const path = 'spec.selector';
  const labels = metadata?.labels ?? {};
  const mismatch = invalidValue(
    'spec.template.metadata.labels',
    labels,
    '`selector` does not match template `labels`',
  );
  if (!selector) return [mismatch];
  const { matchLabels = {}, matchExpressions = [] } = selector;
  if (Object.keys(matchLabels).length + matchExpressions.length === 0)
    return [invalidValue(path, selector, 'empty selector is invalid for daemonset')];
  const errors = checkLabelSelector(path, selector);
  if (errors.length > 0) return errors;
  return matchesLabels(toSelector(selector as LabelSelector), labels) ? [] : [mismatch];
}

function validateStrategy(
  path: string,
  strategy: Given<DaemonSetUpdateStrategy>,
): readonly FieldError[] {
  const { type, rollingUpdate } = strategy;
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate')
    return [notSupported(path, strategy, ['RollingUpdate', 'OnDelete'])];
  return rollingUpdate
    ? validateRolling(at(path, 'rollingUpdate'), rollingUpdate)
    : [required(at(path, 'rollingUpdate'))];
}

/** A node either loses its pod first or has two for a while. */
function validateRolling(
  path: string,
  {
    maxUnavailable = 0,
    maxSurge = 0,
  }: NonNullable<Given<DaemonSetUpdateStrategy>['rollingUpdate']>,
): readonly FieldError[] {
  const missing = at(path, 'maxUnavailable');
  const more = at(path, 'maxSurge');
  return [
    ...checkShare(missing, maxUnavailable),
    ...checkShare(more, maxSurge),
    ...checkAtMostAll(missing, maxUnavailable),
    ...checkAtMostAll(more, maxSurge),
    ...(!isNone(maxUnavailable) && !isNone(maxSurge)
      ? [invalidValue(more, maxSurge, 'may not be set when maxUnavailable is non-zero')]
      : []),
    ...(isNone(maxUnavailable) && isNone(maxSurge)
      ? [required(missing, 'cannot be 0 when maxSurge is 0')]
      : []),
  ];
}

const counts = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
] as const;

export const validateSetStatus = ({ status }: DaemonSet, old: DaemonSet): readonly FieldError[] => [
  ...counts.flatMap((field) => checkNonNegative(at('status', field), status?.[field])),
  ...checkCollisions(status ?? {}, old.status),
];
