import { isDeepEqual, statefulSets as statefulSetsType } from '@berth/api';
import type {
  PersistentVolumeClaim,
  StatefulSet,
  StatefulSetSpec,
  StatefulSetStatus,
  StatefulSetUpdateStrategy,
} from '@berth/api';
import { claimSpecWarnings, defaultClaimSpec } from '../core/claim-spec.ts';
import { ageColumn, containerColumns, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import { defaultPodTemplate } from '../core/pod-spec/pod-spec-defaults.ts';
import { podWarnings } from '../core/pod-spec/pod-spec-warnings.ts';
import type { Strategy } from '../strategy.ts';
import { selectorText } from './replicas.ts';
import { validateSet, validateSetChange, validateSetStatus } from './stateful-set-validation.ts';

const noStatus: StatefulSetStatus = { replicas: 0, availableReplicas: 0 };

export const statefulSets: Strategy<StatefulSet> = {
  type: statefulSetsType,
  nameKind: 'label',
  defaults: (set) => ({
    ...set,
    spec: defaultSpec(asGiven(set).spec ? set.spec : ({} as StatefulSetSpec)),
    status: { ...noStatus, ...set.status },
  }),
  prepareForCreate: (set) => ({
    ...set,
    spec: withoutMaxUnavailable(set.spec, undefined),
    status: noStatus,
  }),
  prepareForUpdate: (set, old) => ({
    ...set,
    spec: withoutMaxUnavailable(set.spec, old.spec),
    ...(old.status && { status: old.status }),
  }),
  validate: validateSet,
  validateUpdate: validateSetChange,
  warnings: (set, old) => (old && isDeepEqual(set.spec, old.spec) ? [] : warningsOf(set.spec)),
  status: { validateUpdate: validateSetStatus },
  scale: {
    replicas: ({ spec }) => spec.replicas ?? 0,
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => selectorText(spec.selector),
    withReplicas: (set, replicas) => ({ ...set, spec: { ...set.spec, replicas } }),
  },
  columns: [
    nameColumn,
    {
      name: 'Ready',
      type: 'string',
      description: 'Pods that are ready, of all that should be.',
      cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    },
    ageColumn,
    ...containerColumns<StatefulSet>(({ spec }) => spec.template.spec?.containers ?? []),
  ],
  allowUnconditionalUpdate: true,
};

function defaultSpec(spec: StatefulSetSpec): StatefulSetSpec {
  const { whenDeleted, whenScaled } = spec.persistentVolumeClaimRetentionPolicy ?? {};
  return {
    ...spec,
    replicas: spec.replicas ?? 1,
    template: defaultPodTemplate(asGiven(spec).template ? spec.template : undefined),
    ...(spec.volumeClaimTemplates && {
      volumeClaimTemplates: spec.volumeClaimTemplates.map(defaultClaim),
    }),
    podManagementPolicy: spec.podManagementPolicy || 'OrderedReady',
    updateStrategy: defaultStrategy(spec.updateStrategy ?? {}),
    revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
    persistentVolumeClaimRetentionPolicy: {
      whenDeleted: whenDeleted || 'Retain',
      whenScaled: whenScaled || 'Retain',
    },
  };
}

/** Claims in a set look like those in the API, so that clients can compare them. */
const defaultClaim = (claim: PersistentVolumeClaim): PersistentVolumeClaim => ({
  ...claim,
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: asGiven(claim).metadata ? claim.metadata : ({} as PersistentVolumeClaim['metadata']),
  spec: defaultClaimSpec(asGiven(claim).spec ? claim.spec : {}),
  status: { ...claim.status, phase: claim.status?.phase || 'Pending' },
});

function defaultStrategy(strategy: StatefulSetUpdateStrategy): StatefulSetUpdateStrategy {
  const type = strategy.type || 'RollingUpdate';
  const rollingUpdate = strategy.rollingUpdate ?? (strategy.type ? undefined : {});
  if (type !== 'RollingUpdate' || !rollingUpdate) return { ...strategy, type };
  return { type, rollingUpdate: { ...rollingUpdate, partition: rollingUpdate.partition ?? 0 } };
}

/** How many pods may be missing is not switched on in 1.36; who says it already keeps it. */
function withoutMaxUnavailable(
  spec: StatefulSetSpec,
  old: StatefulSetSpec | undefined,
): StatefulSetSpec {
  const { rollingUpdate, ...strategy } = spec.updateStrategy ?? {};
  if (rollingUpdate?.maxUnavailable === undefined) return spec;
  if (old?.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined) return spec;
  const { maxUnavailable: _dropped, ...rest } = rollingUpdate;
  return { ...spec, updateStrategy: { ...strategy, rollingUpdate: rest } };
}

const warningsOf = ({
  template,
  volumeClaimTemplates = [],
  revisionHistoryLimit = 0,
}: StatefulSetSpec): readonly string[] => [
  ...podWarnings('spec.template', template.metadata ?? {}, template.spec ?? { containers: [] }),
  ...volumeClaimTemplates.flatMap(({ spec }, i) =>
    claimSpecWarnings(`spec.volumeClaimTemplates[${i}].Spec`, spec),
  ),
  ...(revisionHistoryLimit < 0
    ? [
        'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
      ]
    : []),
];
