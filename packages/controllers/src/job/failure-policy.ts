import type { Job, Pod, PodFailurePolicyRule } from '@berth/api';

/** What the first matching rule of a failure policy makes of a failed pod. */
export interface Judgement {
  /** Undefined when no rule matches. */
  readonly action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count' | undefined;
  /** Whether the failure counts against the limits. */
  readonly isCounted: boolean;
  /** For FailJob: why. */
  readonly message?: string;
}

export function judgeFailure({ spec }: Job, pod: Pod): Judgement {
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const why = matchOf(rule, pod);
    if (!why) continue;
    const action = rule.action as NonNullable<Judgement['action']>;
    const message = `${why} matching ${action} rule at index ${index}`;
    return {
      action,
      isCounted: action !== 'Ignore',
      ...(action === 'FailJob' && { message }),
    };
  }
  return { action: undefined, isCounted: true };
}

function matchOf({ onExitCodes, onPodConditions }: PodFailurePolicyRule, pod: Pod) {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (onExitCodes) {
    const { containerName, operator, values } = onExitCodes;
    const container = [
      ...(pod.status?.containerStatuses ?? []),
      ...(pod.status?.initContainerStatuses ?? []),
    ].find(({ name: own, state }) => {
      const code = state?.terminated?.exitCode;
      if (!code || (containerName && containerName !== own)) return false;
      return values.includes(code) === (operator === 'In');
    });
    const code = container?.state?.terminated?.exitCode;
    return (
      container &&
      `Container ${container.name} for pod ${name} failed with exit code ${String(code)}`
    );
  }
  const condition = pod.status?.conditions?.find((each) =>
    onPodConditions?.some(({ type, status }) => type === each.type && status === each.status),
  );
  return condition && `Pod ${name} has condition ${condition.type}`;
}
