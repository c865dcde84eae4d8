import type { HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscaler } from '@berth/api';

export interface Recommendation {
  readonly replicas: number;
  readonly at: number;
}

export interface ScaleEvent {
  /** Positive: replicas added. Negative: removed. */
  readonly change: number;
  readonly at: number;
}

export interface Observed {
  readonly hpa: HorizontalPodAutoscaler;
  readonly currentReplicas: number;
  readonly proposed: number;
  readonly now: number;
  /** What was proposed before, and what was done; oldest first. */
  readonly recommendations: readonly Recommendation[];
  readonly events: readonly ScaleEvent[];
}

export interface Outcome {
  readonly replicas: number;
  /** Why the proposal was not taken as it was; in the words of the ScalingLimited condition. */
  readonly limited: { readonly reason: string; readonly message: string } | undefined;
  /** Why it was held back; in the words of the AbleToScale condition. */
  readonly stabilized: { readonly reason: string; readonly message: string } | undefined;
}

/** Upstream's defaults: double or add four, whichever is more, every 15 s; go down only after five calm minutes. */
const upDefaults: Required<
  Pick<HPAScalingRules, 'stabilizationWindowSeconds' | 'policies' | 'selectPolicy'>
> = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const downDefaults = {
  stabilizationWindowSeconds: 300,
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

const upRules = ({ spec }: HorizontalPodAutoscaler) => ({
  ...upDefaults,
  ...spec.behavior?.scaleUp,
});
const downRules = ({ spec }: HorizontalPodAutoscaler) => ({
  ...downDefaults,
  ...spec.behavior?.scaleDown,
});

/** How long recommendations and events have to be remembered, in ms. */
export function memoryMs(hpa: HorizontalPodAutoscaler): number {
  const rules = [upRules(hpa), downRules(hpa)];
  const seconds = rules.flatMap(({ stabilizationWindowSeconds, policies }) => [
    stabilizationWindowSeconds,
    ...policies.map(({ periodSeconds }) => periodSeconds),
  ]);
  return Math.max(...seconds) * 1000;
}

/** The proposal after stabilisation, rate policies, and the bounds of the spec, in this order. */
export function stabilize(observed: Observed): Outcome {
  const { hpa, proposed, currentReplicas } = observed;
  const held = withinWindows(observed);
  const stabilized =
    held === proposed
      ? undefined
      : held > proposed
        ? {
            reason: 'ScaleDownStabilized',
            message:
              'recent recommendations were higher than current one, applying the highest recent recommendation',
          }
        : {
            reason: 'ScaleUpStabilized',
            message:
              'recent recommendations were lower than current one, applying the lowest recent recommendation',
          };
  const min = hpa.spec.minReplicas ?? 1;
  const max = hpa.spec.maxReplicas;
  if (held > currentReplicas) {
    const rateLimit = Math.max(currentReplicas, upLimit(observed));
    const limit = Math.min(rateLimit, max);
    return {
      replicas: Math.min(held, limit),
      stabilized,
      limited: limitedUp(held, rateLimit, max),
    };
  }
  const rateLimit = Math.min(currentReplicas, downLimit(observed));
  const limit = Math.max(rateLimit, min);
  const replicas = Math.min(max, Math.max(held, limit));
  return { replicas, stabilized, limited: limitedDown(held, rateLimit, min, max, currentReplicas) };
}

/** Never lower than what was wanted in the down window, never higher than what was wanted in the up window. */
function withinWindows({ hpa, proposed, currentReplicas, now, recommendations }: Observed): number {
  const since = (seconds: number) =>
    recommendations.filter(({ at }) => at > now - seconds * 1000).map(({ replicas }) => replicas);
  const lowest = Math.min(proposed, ...since(upRules(hpa).stabilizationWindowSeconds));
  const highest = Math.max(proposed, ...since(downRules(hpa).stabilizationWindowSeconds));
  return Math.min(Math.max(currentReplicas, lowest), highest);
}

const changeWithin = (events: readonly ScaleEvent[], now: number, seconds: number, sign: 1 | -1) =>
  events
    .filter(({ at, change }) => at > now - seconds * 1000 && Math.sign(change) === sign)
    .reduce((sum, { change }) => sum + Math.abs(change), 0);

function upLimit({ hpa, currentReplicas, now, events }: Observed): number {
  const { policies, selectPolicy } = upRules(hpa);
  if (selectPolicy === 'Disabled') return currentReplicas;
  const limits = policies.map(({ type, value, periodSeconds }: HPAScalingPolicy) => {
    const added = changeWithin(events, now, periodSeconds, 1);
    const removed = changeWithin(events, now, periodSeconds, -1);
    const start = currentReplicas - added + removed;
    return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100));
  });
  return selectPolicy === 'Min' ? Math.min(...limits) : Math.max(...limits);
}

function downLimit({ hpa, currentReplicas, now, events }: Observed): number {
  const { policies, selectPolicy } = downRules(hpa);
  if (selectPolicy === 'Disabled') return currentReplicas;
  const limits = policies.map(({ type, value, periodSeconds }: HPAScalingPolicy) => {
    const added = changeWithin(events, now, periodSeconds, 1);
    const removed = changeWithin(events, now, periodSeconds, -1);
    const start = currentReplicas + removed - added;
    return type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));
  });
  return selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits);
}

function limitedUp(wanted: number, rateLimit: number, max: number): Outcome['limited'] {
  if (wanted <= Math.min(rateLimit, max)) return undefined;
  return rateLimit < max
    ? {
        reason: 'ScaleUpLimit',
        message: 'the desired replica count is increasing faster than the maximum scale rate',
      }
    : {
        reason: 'TooManyReplicas',
        message: 'the desired replica count is more than the maximum replica count',
      };
}

function limitedDown(
  wanted: number,
  rateLimit: number,
  min: number,
  max: number,
  current: number,
): Outcome['limited'] {
  if (wanted > max) {
    return {
      reason: 'TooManyReplicas',
      message: 'the desired replica count is more than the maximum replica count',
    };
  }
  if (wanted < min && rateLimit <= min) {
    return {
      reason: 'TooFewReplicas',
      message: 'the desired replica count is less than the minimum replica count',
    };
  }
  if (wanted < current && wanted < rateLimit) {
    return {
      reason: 'ScaleDownLimit',
      message: 'the desired replica count is decreasing faster than the maximum scale rate',
    };
  }
  return undefined;
}
