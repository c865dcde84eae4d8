import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingRules,
  MetricSpec,
} from '@berth/api';
import { canonicalQuantity } from '@berth/api';
import { asGiven } from '../core/given.ts';

/** Without metrics of its own an autoscaler keeps the processors at four fifths of what was asked for. */
const defaultMetrics: readonly MetricSpec[] = [
  {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
  },
];

const scaleUpRules: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};

/** The stabilization window is left to the controller, which has a setting for it. */
const scaleDownRules: HPAScalingRules = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

export function defaultHpa(hpa: HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const spec = asGiven(hpa).spec ? hpa.spec : ({} as HorizontalPodAutoscalerSpec);
  const { behavior, metrics } = spec;
  return {
    ...hpa,
    spec: {
      ...spec,
      minReplicas: spec.minReplicas ?? 1,
      metrics: metrics?.length ? metrics.map(canonicalMetric) : defaultMetrics,
      ...(behavior && {
        behavior: {
          scaleUp: { ...scaleUpRules, ...canonicalRules(behavior.scaleUp) },
          scaleDown: { ...scaleDownRules, ...canonicalRules(behavior.scaleDown) },
        },
      }),
    },
    status: hpa.status ?? { desiredReplicas: 0 },
  };
}

const canonicalRules = (rules: HPAScalingRules = {}): HPAScalingRules => ({
  ...rules,
  ...(rules.tolerance !== undefined && { tolerance: canonicalQuantity(rules.tolerance) }),
});

const sources = ['resource', 'containerResource', 'pods', 'object', 'external'] as const;

function canonicalMetric(metric: MetricSpec): MetricSpec {
  const canonical = sources.flatMap((kind) => {
    const source = asGiven(metric)[kind];
    if (!source?.target) return [];
    const { value, averageValue } = source.target;
    const target = {
      ...source.target,
      ...(value !== undefined && { value: canonicalQuantity(value) }),
      ...(averageValue !== undefined && { averageValue: canonicalQuantity(averageValue) }),
    };
    return [[kind, { ...source, target }] as const];
  });
  return { ...metric, ...(Object.fromEntries(canonical) as Partial<MetricSpec>) };
}
