import { asMilli, formatQuantity, milliQuantity, parseQuantity } from '@berth/api';
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerCondition,
  HorizontalPodAutoscalerStatus,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  Pod,
} from '@berth/api';
import { formatTime } from '@berth/component-base';
import { requestOf, samplesOf } from './metrics.ts';
import type { PodUsage } from './metrics.ts';
import { proposeReplicas } from './replicas.ts';
import type { Target } from './replicas.ts';
import { stabilize } from './stabilize.ts';
import type { Recommendation, ScaleEvent } from './stabilize.ts';

export interface Observed {
  readonly hpa: HorizontalPodAutoscaler;
  /** `spec.replicas` of the target. */
  readonly specReplicas: number;
  readonly pods: readonly Pod[];
  /** Usage of the pods, or why it could not be had. */
  readonly usage: PodUsage | { readonly error: string };
  readonly now: number;
  readonly tolerance: number;
  readonly recommendations: readonly Recommendation[];
  readonly events: readonly ScaleEvent[];
}

export interface HpaPlan {
  /** The count that the target should have; undefined: leave it alone. */
  readonly replicas: number | undefined;
  /** What the metrics asked for, before stabilisation; remembered for the next passes. */
  readonly recommendation: number | undefined;
  /** Why the count changes, for the event. */
  readonly reason: string;
  readonly status: HorizontalPodAutoscalerStatus;
  /** A problem to report as a Warning event. */
  readonly warning: { readonly reason: string; readonly message: string } | undefined;
}

interface MetricResult {
  readonly name: string;
  readonly replicas: number | undefined;
  readonly status: MetricStatus | undefined;
  readonly problem: string | undefined;
}

type Verdict = readonly [status: 'True' | 'False', reason: string, message: string];

/** One pass of the autoscaler: what the metrics ask for, what the rules allow of it, and what the status says. */
export function planHpa(observed: Observed): HpaPlan {
  const { hpa, specReplicas } = observed;
  if (specReplicas === 0 && (hpa.spec.minReplicas ?? 1) !== 0) {
    return leaveAlone(observed, [
      'False',
      'ScalingDisabled',
      'scaling is disabled since the replica count of the target is zero',
    ]);
  }
  const { min, max } = { min: hpa.spec.minReplicas ?? 1, max: hpa.spec.maxReplicas };
  if (specReplicas > max)
    return bounded(observed, max, 'Current number of replicas above Spec.MaxReplicas');
  if (specReplicas < min)
    return bounded(observed, min, 'Current number of replicas below Spec.MinReplicas');

  const results = (hpa.spec.metrics ?? []).map((metric) => judgeMetric(metric, observed));
  const proposals = results.flatMap(({ replicas }) => replicas ?? []);
  const failed = results.filter(({ problem }) => problem !== undefined);
  const highest = Math.max(...proposals);
  // A metric that is missing could have asked for more: without it there is no going down.
  const unsure = failed.length > 0 && highest < specReplicas;
  if (proposals.length === 0 || unsure)
    return metricsMissing(observed, results, failed[0]?.problem ?? '');

  const { recommendations, events, now } = observed;
  const outcome = stabilize({
    hpa,
    currentReplicas: specReplicas,
    proposed: highest,
    now,
    recommendations,
    events,
  });
  const leading = results.find(({ replicas }) => replicas === highest)!;
  const replicas = outcome.replicas === specReplicas ? undefined : outcome.replicas;
  const { stabilized, limited } = outcome;
  return {
    replicas,
    recommendation: highest,
    reason:
      outcome.replicas > specReplicas ? `${leading.name} above target` : 'All metrics below target',
    warning: undefined,
    status: statusOf(observed, outcome.replicas, results, {
      AbleToScale:
        replicas !== undefined
          ? [
              'True',
              'SucceededRescale',
              `the HPA controller was able to update the target scale to ${replicas}`,
            ]
          : stabilized
            ? ['True', stabilized.reason, stabilized.message]
            : ['True', 'ReadyForNewScale', 'recommended size matches current size'],
      ScalingActive: [
        'True',
        'ValidMetricFound',
        `the HPA was able to successfully calculate a replica count from ${leading.name}`,
      ],
      ScalingLimited: limited
        ? ['True', limited.reason, limited.message]
        : ['False', 'DesiredWithinRange', 'the desired count is within the acceptable range'],
    }),
  };
}

function leaveAlone(observed: Observed, active: Verdict): HpaPlan {
  return {
    replicas: undefined,
    recommendation: undefined,
    reason: '',
    warning: undefined,
    status: statusOf(observed, observed.specReplicas, [], {
      AbleToScale: [
        'True',
        'SucceededGetScale',
        "the HPA controller was able to get the target's current scale",
      ],
      ScalingActive: active,
    }),
  };
}

function bounded(observed: Observed, replicas: number, reason: string): HpaPlan {
  return {
    replicas,
    recommendation: undefined,
    reason,
    warning: undefined,
    status: statusOf(observed, replicas, [], {
      AbleToScale: [
        'True',
        'SucceededRescale',
        `the HPA controller was able to update the target scale to ${replicas}`,
      ],
    }),
  };
}

function metricsMissing(
  observed: Observed,
  results: readonly MetricResult[],
  problem: string,
): HpaPlan {
  const reason = 'FailedGetResourceMetric';
  const message = `the HPA was unable to compute the replica count: ${problem}`;
  return {
    replicas: undefined,
    recommendation: undefined,
    reason: '',
    warning: { reason, message: problem },
    status: statusOf(observed, observed.specReplicas, results, {
      AbleToScale: [
        'True',
        'SucceededGetScale',
        "the HPA controller was able to get the target's current scale",
      ],
      ScalingActive: ['False', reason, message],
    }),
  };
}

function judgeMetric(metric: MetricSpec, observed: Observed): MetricResult {
  const source = metric.resource ?? metric.containerResource;
  if (!source) {
    const problem = `unable to get metric of type ${metric.type}: no metrics API serves it`;
    return { name: metric.type, replicas: undefined, status: undefined, problem };
  }
  const container = metric.containerResource?.container;
  const name = nameOf(source.name, source.target, container);
  const fail = (why: string): MetricResult => ({
    name,
    replicas: undefined,
    status: undefined,
    problem: `failed to get ${source.name} ${source.target.type === 'Utilization' ? 'utilization' : 'usage'}: ${why}`,
  });
  const { usage } = observed;
  if ('error' in usage)
    return fail(`unable to get metrics for resource ${source.name}: ${usage.error}`);
  if (usage.size === 0)
    return fail(
      `unable to get metrics for resource ${source.name}: no metrics returned from resource metrics API`,
    );
  const target = targetOf(source.target);
  const proposal = proposeReplicas({
    currentReplicas: observed.specReplicas,
    pods: observed.pods,
    samples: samplesOf(usage, source.name, container),
    target,
    request: (pod) => requestOf(pod, source.name, container),
    resource: source.name,
    now: observed.now,
    tolerance: observed.tolerance,
  });
  if (proposal.kind === 'unknown') return fail(proposal.message);
  const current = {
    ...(proposal.utilization !== undefined && { averageUtilization: proposal.utilization }),
    averageValue: formatAmount(source.name, proposal.averageValue),
  };
  const status: MetricStatus = metric.containerResource
    ? {
        type: metric.type,
        containerResource: { name: source.name, container: container!, current },
      }
    : { type: metric.type, resource: { name: source.name, current } };
  return { name, replicas: proposal.replicas, status, problem: undefined };
}

const targetOf = ({ type, averageUtilization, averageValue }: MetricTarget): Target =>
  type === 'Utilization'
    ? { kind: 'utilization', value: averageUtilization ?? 80 }
    : { kind: 'averageValue', value: asMilli(parseQuantity(averageValue ?? '0')) };

/** `milli` thousandths as upstream prints them: millicores, or whole bytes. */
const formatAmount = (resource: string, milli: number) =>
  formatQuantity(
    resource === 'cpu'
      ? milliQuantity(Math.round(milli))
      : milliQuantity(Math.round(milli / 1000) * 1000),
  );

function nameOf(resource: string, { type }: MetricTarget, container: string | undefined): string {
  const of = type === 'Utilization' ? 'resource utilization (percentage of request)' : 'resource';
  return container ? `${resource} container ${of}` : `${resource} ${of}`;
}

const conditionOrder = ['AbleToScale', 'ScalingActive', 'ScalingLimited'] as const;

function statusOf(
  { hpa, specReplicas, now }: Observed,
  desiredReplicas: number,
  results: readonly MetricResult[],
  verdicts: Partial<Record<(typeof conditionOrder)[number], Verdict>>,
): HorizontalPodAutoscalerStatus {
  const metrics = results.flatMap(({ status }) => status ?? []);
  const scaledNow = desiredReplicas !== specReplicas;
  const lastScaleTime = scaledNow ? formatTime(now) : hpa.status?.lastScaleTime;
  const known = hpa.status?.conditions ?? [];
  const conditions = conditionOrder.flatMap((type): HorizontalPodAutoscalerCondition[] => {
    const before = known.find((condition) => condition.type === type);
    const verdict = verdicts[type];
    if (!verdict) return before ? [before] : [];
    const [status, reason, message] = verdict;
    const lastTransitionTime =
      before?.status === status && before.lastTransitionTime
        ? before.lastTransitionTime
        : formatTime(now);
    return [{ type, status, reason, message, lastTransitionTime }];
  });
  return {
    ...(hpa.metadata.generation !== undefined && { observedGeneration: hpa.metadata.generation }),
    ...(lastScaleTime && { lastScaleTime }),
    currentReplicas: specReplicas,
    desiredReplicas,
    currentMetrics: metrics.length > 0 ? metrics : (hpa.status?.currentMetrics ?? []),
    conditions,
  };
}
