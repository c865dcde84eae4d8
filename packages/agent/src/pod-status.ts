import type { ContainerStatus, Pod, PodCondition, PodStatus } from '@berth/api';
import { formatTime } from '@berth/component-base';

import { containerStatus } from './container-statuses.ts';
import type { ContainerStatusesInput, Health, WaitingReason } from './container-statuses.ts';
import { hasInitialized } from './init-actions.ts';
import { ownConditions, podConditions } from './pod-conditions.ts';
import { isTerminalPhase, podPhase } from './pod-phase.ts';
import type { PodPhase } from './pod-phase.ts';
import { addressesOf } from './pod-runtime.ts';
import type { ContainerInfo, PodRuntimeStatus } from './pod-runtime.ts';
import { containersOf, usesHostNetwork } from './pod-spec.ts';
import type { ContainerKind } from './pod-spec.ts';
import { qosClass } from './qos.ts';
import { resizeConditions } from './resize/conditions.ts';
import type { PendingResize } from './resize/plan-allocation.ts';
import { sandboxNeed } from './sandbox-change.ts';

export interface StatusInput {
  readonly pod: Pod;
  readonly runtime: PodRuntimeStatus;
  readonly runtimeName: string;
  /** The status last reported, or the API's own after a restart of the agent. */
  readonly previous: PodStatus | undefined;
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  readonly healthOf: (container: ContainerInfo) => Health;
  readonly hostIps: readonly string[];
  readonly now: number;
  /** Set once the pod has to end; `verdict` is why, when that makes it Failed. */
  readonly ending?: { readonly verdict?: { readonly reason: string; readonly message: string } };
  /** Why the pod does not get what it asks for. */
  readonly pendingResize?: PendingResize;
  /** Why the runtime did not do what was granted. */
  readonly resizeError?: string;
  /** Something of the pod may still run: no terminal phase is shown yet. */
  readonly mayRun: boolean;
}

/** The status of a pod as kubelet 1.36 reports it. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, runtime, previous, now, mayRun } = input;
  const lists = containerLists(input);
  const statuses = [...lists.initContainerStatuses, ...lists.containerStatuses];
  const verdict = input.ending?.verdict;
  const phase = verdict ? 'Failed' : phaseOf(input, statuses);
  const foreign = (pod.status?.conditions ?? []).filter(({ type }) => !ownConditions.has(type));
  const hasSandbox = sandboxNeed(pod, runtime).use === 'existing';
  const own = [
    ...podConditions({ pod, phase, statuses, hasSandbox, foreign }),
    ...(verdict ? [] : resizeConditions(input)),
  ];
  const shown = isTerminalPhase(phase) && mayRun ? (previous?.phase ?? 'Pending') : phase;
  return {
    phase: shown,
    ...(shown === phase && verdict ? verdict : reasonOf(input, shown)),
    conditions: [...foreign, ...own].map((condition) => dated(condition, previous, now)),
    ...addresses(input),
    startTime: previous?.startTime ?? pod.status?.startTime ?? formatTime(now),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
    ...(pod.metadata.generation !== undefined && {
      observedGeneration: pod.metadata.generation,
    }),
    ...withoutEmpty(lists),
  };
}

type Lists = Readonly<
  Record<
    'initContainerStatuses' | 'containerStatuses' | 'ephemeralContainerStatuses',
    readonly ContainerStatus[]
  >
>;

const withoutEmpty = (lists: Lists): Partial<Lists> =>
  Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));

function containerLists(input: StatusInput): Lists {
  const { pod, previous } = input;
  const all = (status: PodStatus | undefined) => [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  const known = new Map(all(previous).map((status) => [status.name, status]));
  const inner: ContainerStatusesInput = { ...input, previous: known };
  const of = (kinds: readonly ContainerKind[]) =>
    containersOf(pod)
      .filter(({ kind }) => kinds.includes(kind))
      .map((spec) => containerStatus(inner, spec));
  const byName = (a: ContainerStatus, b: ContainerStatus) => (a.name < b.name ? -1 : 1);
  return {
    initContainerStatuses: of(['init', 'sidecar']),
    containerStatuses: of(['app']).sort(byName),
    ephemeralContainerStatuses: of(['ephemeral']).sort(byName),
  };
}

/** A pod never leaves a terminal phase. */
function phaseOf(input: StatusInput, statuses: readonly ContainerStatus[]): PodPhase {
  const { pod, runtime, previous, ending } = input;
  const reached = [pod.status?.phase, previous?.phase].find(isTerminalPhase);
  if (reached) return reached as PodPhase;
  return podPhase({
    pod,
    statuses,
    ending: ending !== undefined,
    initialized: hasInitialized(pod, runtime),
  });
}

/** Reason and message belong to the phase they came with. */
function reasonOf({ pod, previous }: StatusInput, phase: string) {
  if (phase !== previous?.phase) return {};
  const reason = previous.reason ?? pod.status?.reason;
  const message = previous.message ?? pod.status?.message;
  return { ...(reason && { reason }), ...(message && { message }) };
}

function dated(
  condition: PodCondition,
  previous: PodStatus | undefined,
  now: number,
): PodCondition {
  if (!ownConditions.has(condition.type)) return condition;
  const old = previous?.conditions?.find(({ type }) => type === condition.type);
  const since = old?.status === condition.status ? old.lastTransitionTime : undefined;
  return { ...condition, lastTransitionTime: since ?? formatTime(now) };
}

function addresses({ pod, runtime, previous, hostIps }: StatusInput) {
  const [hostIP] = hostIps;
  const known = (previous?.podIPs ?? []).map(({ ip }) => ip);
  // The address of a pod on the node's network stays although the node may get another one.
  const isFixed = usesHostNetwork(pod) && known.length > 0;
  const own = isFixed ? known : addressesOf(pod, runtime, hostIps);
  const [podIP] = own;
  return {
    ...(hostIP && { hostIP, hostIPs: hostIps.map((ip) => ({ ip })) }),
    ...(podIP && { podIP, podIPs: own.map((ip) => ({ ip })) }),
  };
}

/**
 * The last status of a pod of which nothing runs any more: every container that had its turn has ended, and the
 * phase is a final one.
 */
export function finalStatus(status: PodStatus, now: number): PodStatus {
  const inits = status.initContainerStatuses ?? [];
  const lastBegun = inits.findLastIndex(hasBegun);
  const initialized =
    inits.every(({ state }) => state?.terminated?.exitCode === 0) ||
    (status.containerStatuses ?? []).some(hasBegun);
  return {
    ...status,
    phase: isTerminalPhase(status.phase) ? status.phase! : 'Failed',
    ...(inits.length > 0 && {
      initContainerStatuses: inits.map((s, i) => (i <= lastBegun ? ended(s) : s)),
    }),
    ...(status.containerStatuses && {
      containerStatuses: initialized
        ? status.containerStatuses.map(ended)
        : status.containerStatuses,
    }),
    ...(!isTerminalPhase(status.phase) && {
      conditions: (status.conditions ?? []).map((condition) => failed(condition, now)),
    }),
  };
}

const hasBegun = ({ state, lastState }: ContainerStatus) =>
  Boolean(state?.running ?? state?.terminated ?? lastState?.terminated);

const ended = (status: ContainerStatus): ContainerStatus =>
  status.state?.terminated
    ? status
    : {
        ...status,
        ready: false,
        state: {
          terminated: {
            exitCode: 137,
            reason: 'ContainerStatusUnknown',
            message: 'The container could not be located when the pod was terminated',
          },
        },
      };

function failed(condition: PodCondition, now: number): PodCondition {
  if (!['Ready', 'ContainersReady'].includes(condition.type)) return condition;
  const since = condition.status === 'False' ? condition.lastTransitionTime : undefined;
  return {
    ...condition,
    status: 'False',
    reason: 'PodFailed',
    lastTransitionTime: since ?? formatTime(now),
  };
}
