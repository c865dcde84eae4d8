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
  FieldError,
  LabelSelector,
  PersistentVolumeClaim,
  PodTemplateSpec,
  StatefulSet,
  StatefulSetSpec,
  StatefulSetStatus,
  StatefulSetUpdateStrategy,
  Volume,
} from '@berth/api';
import { validateClaimSpec } from '../core/claim-spec.ts';
import {
  checkDnsLabel,
  checkLabelSelector,
  checkNonNegative,
  checkOneOf,
} from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import { validatePodTemplate } from '../core/pod-spec/pod-template.ts';
import { checkCollisions } from './replicas.ts';
import { checkAtMostAll, checkShare, isNone } from './shares.ts';

type Spec = Given<StatefulSetSpec>;

export function validateSet(set: StatefulSet): readonly FieldError[] {
  const spec = asGiven(set).spec ?? {};
  return [
    ...validateSpec(spec),
    ...(spec.serviceName ? checkDnsLabel('spec.serviceName', spec.serviceName) : []),
    ...(spec.volumeClaimTemplates ?? []).flatMap((claim, i) =>
      validateClaimSpec(`spec.volumeClaimTemplates[${i}].spec`, claim.spec ?? {}),
    ),
  ];
}

/**
 * Rules that came later do not hold up sets from before: the name of the Service and the claims cannot change any
 * more, and a template is not looked at when the old one would be refused today.
 */
export function validateSetChange(set: StatefulSet, old: StatefulSet): readonly FieldError[] {
  const wasValid = validateSpec(asGiven(old).spec ?? {}).length === 0;
  return [
    ...validateSpec(asGiven(set).spec ?? {}, wasValid),
    ...(isDeepEqual(fixed(set.spec), fixed(old.spec))
      ? []
      : [
          forbiddenField(
            'spec',
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
          ),
        ]),
  ];
}

/** What of the spec cannot change. */
function fixed({
  replicas: _replicas,
  ordinals: _ordinals,
  template: _template,
  updateStrategy: _strategy,
  revisionHistoryLimit: _limit,
  persistentVolumeClaimRetentionPolicy: _policy,
  minReadySeconds: _seconds,
  ...rest
}: StatefulSetSpec) {
  return rest;
}

function validateSpec(spec: Spec, withTemplate = true): readonly FieldError[] {
  const { template = {}, persistentVolumeClaimRetentionPolicy: policy = {} } = spec;
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  return [
    ...checkManagement(spec.podManagementPolicy),
    ...validateStrategy(spec.updateStrategy ?? {}),
    ...(['whenDeleted', 'whenScaled'] as const).flatMap((when) =>
      checkOneOf(at('spec.persistentVolumeClaimRetentionPolicy', when), policy[when], [
        'Retain',
        'Delete',
      ]),
    ),
    ...checkNonNegative('spec.replicas', spec.replicas),
    ...checkNonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...checkNonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...validateSelector(spec.selector, template),
    ...(withTemplate
      ? validatePodTemplate('spec.template', withClaims(template, spec.volumeClaimTemplates ?? []))
      : []),
    ...(restartPolicy === 'Always'
      ? []
      : [notSupported('spec.template.spec.restartPolicy', restartPolicy ?? '', ['Always'])]),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [
          forbiddenField(
            'spec.template.spec.activeDeadlineSeconds',
            'activeDeadlineSeconds in StatefulSet is not Supported',
          ),
        ]),
  ];
}

function checkManagement(policy: string | undefined): readonly FieldError[] {
  const path = 'spec.podManagementPolicy';
  if (!policy) return [required(path)];
  return policy === 'OrderedReady' || policy === 'Parallel'
    ? []
    : [invalidValue(path, policy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateStrategy(strategy: Given<StatefulSetUpdateStrategy>): readonly FieldError[] {
  const path = 'spec.updateStrategy';
  const { type, rollingUpdate } = strategy;
  switch (type) {
    case undefined:
    case '':
      return [required(path)];
    case 'OnDelete':
      return rollingUpdate
        ? [
            invalidValue(
              at(path, 'rollingUpdate'),
              rollingUpdate,
              "only allowed for updateStrategy 'RollingUpdate'",
            ),
          ]
        : [];
    case 'RollingUpdate':
      return rollingUpdate ? validateRolling(at(path, 'rollingUpdate'), rollingUpdate) : [];
    default:
      return [invalidValue(path, strategy, "must be 'RollingUpdate' or 'OnDelete'")];
  }
}

function validateRolling(
  path: string,
  { partition, maxUnavailable }: NonNullable<Given<StatefulSetUpdateStrategy>['rollingUpdate']>,
): readonly FieldError[] {
  const where = at(path, 'maxUnavailable');
  return [
    ...checkNonNegative(at(path, 'partition'), partition),
    ...(maxUnavailable === undefined
      ? []
      : [
          ...checkShare(where, maxUnavailable),
          ...(isNone(maxUnavailable) ? [invalidValue(where, maxUnavailable, 'cannot be 0')] : []),
          ...checkAtMostAll(where, maxUnavailable),
        ]),
  ];
}

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
  if (!selector) return [required(path), mismatch];
  const { matchLabels = {}, matchExpressions = [] } = selector;
  if (Object.keys(matchLabels).length + matchExpressions.length === 0)
    return [invalidValue(path, selector, 'empty selector is invalid for statefulset')];
  const errors = checkLabelSelector(path, selector);
  if (errors.length > 0) return [...errors, invalidValue(path, selector, '')];
  return matchesLabels(toSelector(selector as LabelSelector), labels) ? [] : [mismatch];
}

/** The template with the volumes that its pods will have: one for every claim, in place of one of the same name. */
function withClaims(
  template: Given<PodTemplateSpec>,
  claims: readonly Given<PersistentVolumeClaim>[],
): Given<PodTemplateSpec> {
  const names = new Set(claims.map(({ metadata }) => metadata?.name ?? ''));
  const own = template.spec?.volumes ?? [];
  const volumes: readonly Given<Volume>[] = [
    ...own.map((volume) => (names.has(volume.name ?? '') ? volumeOf(volume.name ?? '') : volume)),
    ...[...names].filter((name) => !own.some((volume) => volume.name === name)).map(volumeOf),
  ];
  return { ...template, spec: { ...template.spec, volumes } };
}

const volumeOf = (name: string): Given<Volume> => ({
  name,
  persistentVolumeClaim: { claimName: name },
});

const countNames = [
  'replicas',
  'readyReplicas',
  'currentReplicas',
  'updatedReplicas',
  'availableReplicas',
] as const;

export function validateSetStatus(set: StatefulSet, old: StatefulSet): readonly FieldError[] {
  const status: Partial<StatefulSetStatus> = set.status ?? {};
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  return [
    ...[...countNames, 'observedGeneration' as const].flatMap((name) =>
      checkNonNegative(at('status', name), status[name]),
    ),
    ...countNames.flatMap((name) => {
      const count = status[name] ?? 0;
      return count > replicas
        ? [invalidValue(at('status', name), count, 'cannot be greater than status.replicas')]
        : [];
    }),
    ...(availableReplicas > readyReplicas
      ? [
          invalidValue(
            'status.availableReplicas',
            availableReplicas,
            'cannot be greater than status.readyReplicas',
          ),
        ]
      : []),
    ...checkCollisions(status, old.status),
  ];
}
