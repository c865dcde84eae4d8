import { invalidValue, isDeepEqual } from '@berth/api';
import type { Affinity, Container, FieldError, Job, JobSpec, PodTemplateSpec } from '@berth/api';
import { checkUnchanged } from '../core/field-checks.ts';
import { hasOldLabels } from './job-selector.ts';
import { validateJob } from './job-validation.ts';

const fixed = [
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
] as const;

/** What a job is to do does not change; while it is suspended and has no pods, where and with how much may. */
export function validateJobChange(job: Job, old: Job): readonly FieldError[] {
  const unchanged = (field: keyof JobSpec) =>
    checkUnchanged(
      `spec.${field}`,
      job.spec[field] ?? null,
      isDeepEqual(job.spec[field], old.spec[field]),
    );
  const { template } = job.spec;
  const allowed = isResting(old) ? withMutable(old.spec.template, template) : old.spec.template;
  return [
    ...validateJob(job, { oldLabels: hasOldLabels(old) }),
    ...checkCompletions(job.spec, old.spec),
    ...unchanged('selector'),
    ...checkUnchanged('spec.template', template, isDeepEqual(template, allowed)),
    ...fixed.flatMap(unchanged),
  ];
}

const isResting = ({ spec, status }: Job) => spec.suspend === true && (status?.active ?? 0) === 0;

/** Only indexed jobs that do everything at once can be made larger or smaller. */
function checkCompletions(spec: JobSpec, old: JobSpec): readonly FieldError[] {
  const path = 'spec.completions';
  const { completions, parallelism, completionMode } = spec;
  const same = completions === old.completions;
  if (completionMode !== 'Indexed') return checkUnchanged(path, completions ?? null, same);
  return same || completions === undefined || completions === parallelism
    ? []
    : [invalidValue(path, completions, 'can only be modified in tandem with spec.parallelism')];
}

/** The old template with everything of the new one that may change. */
function withMutable(old: PodTemplateSpec, next: PodTemplateSpec): PodTemplateSpec {
  const { labels, annotations } = next.metadata ?? {};
  const { labels: _labels, annotations: _annotations, ...metadata } = old.metadata ?? {};
  const { nodeSelector, tolerations, schedulingGates, resources } = next.spec ?? { containers: [] };
  const {
    nodeSelector: _selector,
    tolerations: _tolerations,
    schedulingGates: _gates,
    resources: _resources,
    affinity: oldAffinity,
    containers,
    initContainers,
    ...spec
  } = old.spec ?? { containers: [] };
  const affinity = withNodeAffinity(oldAffinity, next.spec?.affinity);
  return {
    ...old,
    metadata: { ...metadata, ...(labels && { labels }), ...(annotations && { annotations }) },
    spec: {
      ...spec,
      ...(nodeSelector && { nodeSelector }),
      ...(tolerations && { tolerations }),
      ...(schedulingGates && { schedulingGates }),
      ...(resources && { resources }),
      ...(affinity && { affinity }),
      containers: withResources(containers, next.spec?.containers),
      ...(initContainers && {
        initContainers: withResources(initContainers, next.spec?.initContainers),
      }),
    },
  };
}

/** Of the affinity, only that to nodes; without any other kind, all of it may come and go. */
function withNodeAffinity(
  old: Affinity | undefined,
  next: Affinity | undefined,
): Affinity | undefined {
  const { nodeAffinity: _old, ...kept } = old ?? {};
  if (!next) return Object.keys(kept).length ? kept : undefined;
  const { nodeAffinity } = next;
  return { ...kept, ...(nodeAffinity && { nodeAffinity }) };
}

const withResources = (
  containers: readonly Container[],
  next: readonly Container[] = [],
): readonly Container[] =>
  containers.map(({ resources, ...container }, i) => {
    const twin = next[i];
    const wanted = twin && twin.name === container.name ? twin.resources : resources;
    return { ...container, ...(wanted && { resources: wanted }) };
  });
