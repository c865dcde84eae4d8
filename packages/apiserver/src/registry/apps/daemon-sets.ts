import { daemonSets as daemonSetsType, isDeepEqual } from '@berth/api';
import type {
  DaemonSet,
  DaemonSetSpec,
  DaemonSetStatus,
  DaemonSetUpdateStrategy,
} from '@berth/api';
import { ageColumn, containerColumns, formatLabels, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import { defaultPodTemplate } from '../core/pod-spec/pod-spec-defaults.ts';
import { podWarnings } from '../core/pod-spec/pod-spec-warnings.ts';
import type { Column, Strategy } from '../strategy.ts';
import { validateSet, validateSetChange, validateSetStatus } from './daemon-set-validation.ts';
import { selectorColumn } from './replicas.ts';

const noStatus: DaemonSetStatus = {
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
};

export const daemonSets: Strategy<DaemonSet> = {
  type: daemonSetsType,
  defaults: (set) => ({
    ...set,
    spec: defaultSpec(asGiven(set).spec ? set.spec : ({} as DaemonSetSpec)),
    status: { ...noStatus, ...set.status },
  }),
  prepareForCreate: (set) =>
    withTemplateGeneration({ ...set, status: noStatus }, Math.max(1, templateGenerationOf(set))),
  prepareForUpdate: (set, old) => {
    const before = templateGenerationOf(old);
    const same = isDeepEqual(set.spec.template, old.spec.template);
    const next = { ...set, ...(old.status && { status: old.status }) };
    return withTemplateGeneration(next, same ? before : before + 1);
  },
  validate: validateSet,
  validateUpdate: validateSetChange,
  warnings: ({ spec: { template } }, old) =>
    old && isDeepEqual(template, old.spec.template)
      ? []
      : podWarnings('spec.template', template.metadata ?? {}, template.spec ?? { containers: [] }),
  status: { validateUpdate: validateSetStatus },
  columns: [
    nameColumn,
    countColumn('Desired', 'Nodes that should run a pod.', 'desiredNumberScheduled'),
    countColumn('Current', 'Nodes that do.', 'currentNumberScheduled'),
    countColumn('Ready', 'Nodes whose pod is ready.', 'numberReady'),
    countColumn('Up-to-date', 'Nodes with a pod of the newest template.', 'updatedNumberScheduled'),
    countColumn('Available', 'Nodes whose pod has been ready for long enough.', 'numberAvailable'),
    {
      name: 'Node Selector',
      type: 'string',
      description: 'Labels of the nodes that are meant.',
      cell: ({ spec }) => formatLabels(spec.template.spec?.nodeSelector),
    },
    ageColumn,
    ...containerColumns<DaemonSet>(({ spec }) => spec.template.spec?.containers ?? []),
    selectorColumn<DaemonSet>(({ spec }) => spec.selector, '<none>'),
  ],
  allowUnconditionalUpdate: true,
};

function countColumn(
  name: string,
  description: string,
  field: Exclude<keyof DaemonSetStatus, 'conditions'>,
): Column<DaemonSet> {
  return { name, type: 'integer', description, cell: ({ status }) => status?.[field] ?? 0 };
}

const defaultSpec = (spec: DaemonSetSpec): DaemonSetSpec => ({
  ...spec,
  template: defaultPodTemplate(asGiven(spec).template ? spec.template : undefined),
  updateStrategy: defaultStrategy(spec.updateStrategy ?? {}),
  revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
});

function defaultStrategy(strategy: DaemonSetUpdateStrategy): DaemonSetUpdateStrategy {
  const type = strategy.type || 'RollingUpdate';
  if (type !== 'RollingUpdate') return { ...strategy, type };
  const { maxUnavailable = 1, maxSurge = 0 } = strategy.rollingUpdate ?? {};
  return { ...strategy, type, rollingUpdate: { maxUnavailable, maxSurge } };
}

/** How often the template has changed; once a field, and still told to clients of that time. */
const templateGeneration = 'deprecated.daemonset.template.generation';

function templateGenerationOf({ metadata }: DaemonSet): number {
  const text = metadata.annotations?.[templateGeneration] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

const withTemplateGeneration = (set: DaemonSet, generation: number): DaemonSet => ({
  ...set,
  metadata: {
    ...set.metadata,
    annotations: { ...set.metadata.annotations, [templateGeneration]: String(generation) },
  },
});
