import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerBehavior,
  HorizontalPodAutoscalerStatus,
  MetricSpec,
  V1HorizontalPodAutoscaler,
} from '@berth/api';
import { apiVersionOf, horizontalPodAutoscalers, horizontalPodAutoscalersV1 } from '@berth/api';
import { asGiven } from '../core/given.ts';
import { defaultHpa } from './hpa-defaults.ts';
import { fromOldSpec, fromOldStatus, toOldSpec, toOldStatus } from './old-metrics.ts';

const prefix = 'autoscaling.alpha.kubernetes.io/';
const annotation = {
  metrics: `${prefix}metrics`,
  behavior: `${prefix}behavior`,
  conditions: `${prefix}conditions`,
  currentMetrics: `${prefix}current-metrics`,
};

/** As version 1 shows it: one percentage of processor time, and annotations for the rest. */
export function fromHpaV2(hpa: HorizontalPodAutoscaler): V1HorizontalPodAutoscaler {
  const { scaleTargetRef, minReplicas, maxReplicas, metrics = [], behavior } = hpa.spec;
  const { conditions = [], currentMetrics = [], ...counts } = hpa.status ?? { desiredReplicas: 0 };
  const target = metrics.find(isCpuShare)?.resource?.target.averageUtilization;
  const used = currentMetrics.find(({ resource }) => resource?.name === 'cpu')?.resource?.current
    .averageUtilization;
  const others = metrics.filter((metric) => !isCpuShare(metric));
  const annotations = {
    ...hpa.metadata.annotations,
    ...(others.length > 0 && { [annotation.metrics]: JSON.stringify(others.map(toOldSpec)) }),
    ...(behavior && { [annotation.behavior]: JSON.stringify(recase(behavior, capitalize)) }),
    ...(conditions.length > 0 && { [annotation.conditions]: JSON.stringify(conditions) }),
    ...(currentMetrics.length > 0 && {
      [annotation.currentMetrics]: JSON.stringify(currentMetrics.map(toOldStatus)),
    }),
  };
  return {
    ...hpa,
    apiVersion: apiVersionOf(horizontalPodAutoscalersV1),
    metadata: {
      ...hpa.metadata,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      scaleTargetRef,
      ...(minReplicas !== undefined && { minReplicas }),
      maxReplicas,
      ...(target !== undefined && { targetCPUUtilizationPercentage: target }),
    },
    status: {
      ...counts,
      currentReplicas: counts.currentReplicas ?? 0,
      ...(used !== undefined && { currentCPUUtilizationPercentage: used }),
    },
  };
}

const isCpuShare = ({ type, resource }: MetricSpec) =>
  type === 'Resource' &&
  resource?.name === 'cpu' &&
  resource.target.averageUtilization !== undefined;

/** The whole autoscaler, with the defaults that version 2 gives it. */
export function toHpaV2(hpa: V1HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const { metadata, spec } = hpa;
  const { annotations = {} } = metadata;
  const { targetCPUUtilizationPercentage: target, ...kept } = asGiven(hpa).spec
    ? spec
    : ({} as typeof spec);
  const behavior = readObject(annotations[annotation.behavior]);
  const others = readList(annotations[annotation.metrics]).map(fromOldSpec);
  const cpu = target === undefined ? [] : [cpuShare(target)];
  return defaultHpa({
    ...hpa,
    apiVersion: apiVersionOf(horizontalPodAutoscalers),
    metadata: withoutOurs(metadata),
    spec: {
      ...kept,
      metrics: [...cpu, ...others],
      ...(behavior && {
        behavior: recase(behavior, uncapitalize) as HorizontalPodAutoscalerBehavior,
      }),
    },
    status: statusOf(hpa),
  });
}

const cpuShare = (averageUtilization: number): MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

function statusOf({ metadata, status }: V1HorizontalPodAutoscaler): HorizontalPodAutoscalerStatus {
  const { annotations = {} } = metadata;
  const { currentCPUUtilizationPercentage: used, ...counts } = status ?? {
    currentReplicas: 0,
    desiredReplicas: 0,
  };
  const conditions = readList(annotations[annotation.conditions]);
  const measured = readList(annotations[annotation.currentMetrics]).map(fromOldStatus);
  const cpu =
    used === undefined
      ? []
      : [
          {
            type: 'Resource',
            resource: { name: 'cpu', current: { averageUtilization: used } },
          },
        ];
  // The annotation says more than the field.
  const currentMetrics = measured.length > 0 ? measured : cpu;
  return {
    ...counts,
    ...(conditions.length > 0 && { conditions: conditions as never }),
    ...(currentMetrics.length > 0 && { currentMetrics }),
  };
}

type Metadata = V1HorizontalPodAutoscaler['metadata'];

function withoutOurs({ annotations, ...metadata }: Metadata): Metadata {
  const ours: readonly string[] = Object.values(annotation);
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !ours.includes(key));
  return { ...metadata, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) };
}

/** Annotations are written by anyone: what is no JSON of the right sort is as good as absent. */
function readObject(text: string | undefined): object | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function readList(text: string | undefined): readonly object[] {
  const value = readObject(text);
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is object => typeof item === 'object' && item !== null);
}

const capitalize = (key: string) => key.slice(0, 1).toUpperCase() + key.slice(1);
const uncapitalize = (key: string) => key.slice(0, 1).toLowerCase() + key.slice(1);

/** Behaviour nests this deep; upstream writes it there with the field names of its own code. */
const behaviorDepth = 4;

function recase(value: unknown, change: (key: string) => string, depth = behaviorDepth): unknown {
  if (typeof value !== 'object' || value === null || depth < 0) return value;
  if (Array.isArray(value)) {
    return value.map((item: unknown) => recase(item, change, depth - 1));
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== null)
      .map(([key, part]) => [change(key), recase(part, change, depth - 1)]),
  );
}
