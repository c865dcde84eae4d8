import type { Pod } from '@berth/api';
import { isReady } from '../pods.ts';

/** What one pod uses of the resource in question. */
export interface Sample {
  /** Millicores, or bytes times a thousand. */
  readonly value: number;
  readonly timestampMs: number;
  readonly windowMs: number;
}

export interface Target {
  readonly kind: 'utilization' | 'averageValue';
  /** Percent of the request, or an amount in the unit of the samples. */
  readonly value: number;
}

export interface Observed {
  readonly currentReplicas: number;
  readonly pods: readonly Pod[];
  readonly samples: ReadonlyMap<string, Sample>;
  readonly target: Target;
  /** The pod's request in the unit of the samples; undefined when a container has none. */
  readonly request: (pod: Pod) => number | undefined;
  readonly resource: string;
  readonly now: number;
  /** Relative deviations up to this are left alone; upstream's default is 0.1. */
  readonly tolerance: number;
}

export type Proposal =
  | {
      readonly kind: 'replicas';
      readonly replicas: number;
      /** Percent of the request, when the target is a utilisation. */
      readonly utilization: number | undefined;
      readonly averageValue: number;
    }
  | { readonly kind: 'unknown'; readonly message: string };

/** Upstream's --horizontal-pod-autoscaler-cpu-initialization-period and -initial-readiness-delay. */
const cpuInitializationMs = 5 * 60_000;
const initialReadinessMs = 30_000;

/**
 * How many replicas would bring the average to the target. Pods without a sample and pods that are not ready yet
 * are taken for what damps the change: for idle when scaling up, for busy when scaling down.
 */
export function proposeReplicas(observed: Observed): Proposal {
  const groups = groupPods(observed);
  const { ready, missing, unready } = groups;
  if (ready.length === 0) {
    return {
      kind: 'unknown',
      message: `did not receive metrics for targeted pods (pods might be unready)`,
    };
  }
  const requests = new Map<string, number>();
  for (const pod of [...ready, ...missing, ...unready]) {
    const request = observed.request(pod);
    if (request === undefined && observed.target.kind === 'utilization') {
      return {
        kind: 'unknown',
        message: `missing request for ${observed.resource} in container of Pod ${pod.metadata.name}`,
      };
    }
    requests.set(pod.metadata.name, request ?? 0);
  }
  const values = new Map(ready.map((pod) => [pod.metadata.name, valueOf(observed, pod)]));
  const first = ratio(observed.target, values, requests);
  const report = {
    kind: 'replicas' as const,
    utilization: first.utilization,
    averageValue: first.averageValue,
  };
  const damped = missing.length > 0 || (unready.length > 0 && first.ratio > 1);
  if (!damped) {
    const steady = Math.abs(1 - first.ratio) <= observed.tolerance;
    return {
      ...report,
      replicas: steady ? observed.currentReplicas : Math.ceil(first.ratio * ready.length),
    };
  }
  if (first.ratio < 1) {
    const busy = ({ metadata }: Pod) =>
      observed.target.kind === 'utilization'
        ? Math.max(1, observed.target.value / 100) * (requests.get(metadata.name) ?? 0)
        : observed.target.value;
    for (const pod of missing) values.set(pod.metadata.name, busy(pod));
  } else {
    for (const pod of [...missing, ...unready]) values.set(pod.metadata.name, 0);
  }
  const second = ratio(observed.target, values, requests);
  const turned = (first.ratio < 1 && second.ratio > 1) || (first.ratio > 1 && second.ratio < 1);
  const replicas = Math.ceil(second.ratio * values.size);
  const overshoots =
    (second.ratio < 1 && replicas > observed.currentReplicas) ||
    (second.ratio > 1 && replicas < observed.currentReplicas);
  const steady = Math.abs(1 - second.ratio) <= observed.tolerance || turned || overshoots;
  return { ...report, replicas: steady ? observed.currentReplicas : replicas };
}

const valueOf = ({ samples }: Observed, { metadata }: Pod) =>
  samples.get(metadata.name)?.value ?? 0;

function ratio(
  target: Target,
  values: ReadonlyMap<string, number>,
  requests: ReadonlyMap<string, number>,
) {
  let used = 0;
  let requested = 0;
  for (const [name, value] of values) {
    used += value;
    requested += requests.get(name) ?? 0;
  }
  const averageValue = values.size > 0 ? used / values.size : 0;
  if (target.kind === 'averageValue') {
    return { ratio: averageValue / target.value, utilization: undefined, averageValue };
  }
  const utilization = requested > 0 ? Math.trunc((used * 100) / requested) : 0;
  return { ratio: utilization / target.value, utilization, averageValue };
}

function groupPods(observed: Observed) {
  const ready: Pod[] = [];
  const missing: Pod[] = [];
  const unready: Pod[] = [];
  for (const pod of observed.pods) {
    if (pod.metadata.deletionTimestamp || pod.status?.phase === 'Failed') continue;
    const sample = observed.samples.get(pod.metadata.name);
    if (pod.status?.phase === 'Pending') unready.push(pod);
    else if (!sample) missing.push(pod);
    else if (observed.resource === 'cpu' && isWarmingUp(pod, sample, observed.now))
      unready.push(pod);
    else ready.push(pod);
  }
  return { ready, missing, unready };
}

/** Start-up takes CPU that says nothing about load. */
function isWarmingUp(pod: Pod, sample: Sample, now: number): boolean {
  const condition = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  const startTime = pod.status?.startTime;
  if (!condition?.lastTransitionTime || !startTime) return true;
  const started = Date.parse(startTime);
  const turned = Date.parse(condition.lastTransitionTime);
  if (started + cpuInitializationMs > now) {
    return !isReady(pod) || sample.timestampMs < turned + sample.windowMs;
  }
  return !isReady(pod) && started + initialReadinessMs > turned;
}
