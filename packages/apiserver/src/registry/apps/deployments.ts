import type { Deployment, DeploymentSpec, DeploymentStrategy, FieldError } from '@berth/api';
import {
  deployments as deploymentsType,
  forbiddenField,
  invalidValue,
  isDeepEqual,
} from '@berth/api';
import { ageColumn, containerColumns, nameColumn } from '../core/columns.ts';
import { checkNonNegative, checkNeeded, checkUnchanged } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { asGiven } from '../core/given.ts';
import { defaultPodTemplate } from '../core/pod-spec/pod-spec-defaults.ts';
import { podWarnings } from '../core/pod-spec/pod-spec-warnings.ts';
import type { Strategy } from '../strategy.ts';
import {
  checkCollisions,
  selectorColumn,
  selectorText,
  validateCounts,
  validateReplicated,
} from './replicas.ts';
import { checkAtMostAll, checkShare, isNone } from './shares.ts';

export const deployments: Strategy<Deployment> = {
  type: deploymentsType,
  defaults: (deployment) => ({
    ...deployment,
    spec: defaultSpec(asGiven(deployment).spec ? deployment.spec : ({} as DeploymentSpec)),
    status: deployment.status ?? {},
  }),
  prepareForCreate: (deployment) => ({ ...deployment, status: {} }),
  prepareForUpdate: (deployment, old) => ({
    ...deployment,
    ...(old.status && { status: old.status }),
  }),
  validate,
  validateUpdate: (deployment, old) => [
    ...validate(deployment),
    ...checkUnchanged(
      'spec.selector',
      deployment.spec.selector,
      isDeepEqual(deployment.spec.selector, old.spec.selector),
    ),
  ],
  warnings: ({ spec }, old) =>
    old && isDeepEqual(spec.template, old.spec.template)
      ? []
      : podWarnings(
          'spec.template',
          spec.template.metadata ?? {},
          spec.template.spec ?? { containers: [] },
        ),
  status: {
    prepareForUpdate: (deployment, old) => ({
      ...deployment,
      spec: old.spec,
      metadata: withLabelsOf(deployment.metadata, old.metadata),
    }),
    validateUpdate: ({ status = {} }, old) => [
      ...validateCounts(status),
      ...checkCollisions(status, old.status),
    ],
  },
  // A rollout may be asked for by an annotation alone.
  generationOf: ({ spec, metadata }) => ({ spec, annotations: metadata.annotations ?? {} }),
  scale: {
    replicas: ({ spec }) => spec.replicas ?? 0,
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => selectorText(spec.selector),
    withReplicas: (deployment, replicas) => ({
      ...deployment,
      spec: { ...deployment.spec, replicas },
    }),
  },
  columns: [
    nameColumn,
    {
      name: 'Ready',
      type: 'string',
      description: 'Pods that are ready, of all that should be.',
      cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    },
    {
      name: 'Up-to-date',
      type: 'string',
      description: 'Pods of the newest template.',
      cell: ({ status }) => status?.updatedReplicas ?? 0,
    },
    {
      name: 'Available',
      type: 'string',
      description: 'Pods that have been ready for long enough.',
      cell: ({ status }) => status?.availableReplicas ?? 0,
    },
    ageColumn,
    ...containerColumns<Deployment>(({ spec }) => spec.template.spec?.containers ?? []),
    selectorColumn<Deployment>(({ spec }) => spec.selector, ''),
  ],
  allowUnconditionalUpdate: true,
};

type Metadata = Deployment['metadata'];

/** Labels are the owner's, also when the status is written. */
function withLabelsOf({ labels: _labels, ...metadata }: Metadata, old: Metadata): Metadata {
  return { ...metadata, ...(old.labels && { labels: old.labels }) };
}

const defaultSpec = (spec: DeploymentSpec): DeploymentSpec => ({
  ...spec,
  replicas: spec.replicas ?? 1,
  template: defaultPodTemplate(asGiven(spec).template ? spec.template : undefined),
  strategy: defaultStrategy(spec.strategy ?? {}),
  revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
  progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
});

function defaultStrategy(strategy: DeploymentStrategy): DeploymentStrategy {
  const type = strategy.type || 'RollingUpdate';
  if (type !== 'RollingUpdate') return { ...strategy, type };
  const { maxUnavailable = '25%', maxSurge = '25%' } = strategy.rollingUpdate ?? {};
  return { ...strategy, type, rollingUpdate: { maxUnavailable, maxSurge } };
}

function validate(deployment: Deployment): readonly FieldError[] {
  const spec = asGiven(deployment).spec ?? {};
  const { minReadySeconds = 0, progressDeadlineSeconds } = spec;
  return [
    ...validateReplicated(spec),
    ...validateStrategy(spec.strategy ?? {}),
    ...checkNonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...checkNonNegative('spec.progressDeadlineSeconds', progressDeadlineSeconds),
    ...(progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds
      ? [
          invalidValue(
            'spec.progressDeadlineSeconds',
            progressDeadlineSeconds,
            'must be greater than minReadySeconds',
          ),
        ]
      : []),
  ];
}

function validateStrategy({
  type,
  rollingUpdate,
}: Given<DeploymentStrategy>): readonly FieldError[] {
  const path = 'spec.strategy.rollingUpdate';
  if (type === 'RollingUpdate') return validateRolling(path, rollingUpdate ?? {});
  if (type !== 'Recreate') {
    return checkNeeded('spec.strategy.type', type, ['Recreate', 'RollingUpdate']);
  }
  return rollingUpdate
    ? [forbiddenField(path, "may not be specified when strategy `type` is 'Recreate'")]
    : [];
}

function validateRolling(
  path: string,
  {
    maxUnavailable = 0,
    maxSurge = 0,
  }: { readonly maxUnavailable?: number | string; readonly maxSurge?: number | string },
): readonly FieldError[] {
  return [
    ...checkShare(`${path}.maxUnavailable`, maxUnavailable),
    ...checkShare(`${path}.maxSurge`, maxSurge),
    ...(isNone(maxUnavailable) && isNone(maxSurge)
      ? [
          invalidValue(
            `${path}.maxUnavailable`,
            maxUnavailable,
            'may not be 0 when `maxSurge` is 0',
          ),
        ]
      : []),
    ...checkAtMostAll(`${path}.maxUnavailable`, maxUnavailable),
  ];
}
