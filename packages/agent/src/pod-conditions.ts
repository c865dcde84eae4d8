import type { ContainerStatus, Pod, PodCondition } from '@berth/api';

import type { PodPhase } from './pod-phase.ts';
import { isSidecar } from './pod-spec.ts';

export interface ConditionsInput {
  readonly pod: Pod;
  readonly phase: PodPhase;
  /** Of init and app containers. */
  readonly statuses: readonly ContainerStatus[];
  /** A sandbox with its network is there. */
  readonly hasSandbox: boolean;
  /** Conditions that others set, which readiness gates look at. */
  readonly foreign: readonly PodCondition[];
}

type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>;

const yes: Verdict = { status: 'True' };

/** The types of condition that a node agent sets, and nobody else. */
export const ownConditions: ReadonlySet<string> = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'PodResizePending',
  'PodResizeInProgress',
]);

/** The conditions a node agent owns, in its order, without transition times. */
export function podConditions(input: ConditionsInput): readonly PodCondition[] {
  const { pod, hasSandbox } = input;
  const containersReady = containersReadyVerdict(input);
  const ready = containersReady.status === 'True' ? gatesVerdict(input) : containersReady;
  const observed = pod.metadata.generation;
  const condition = (type: string, verdict: Verdict): PodCondition => ({
    type,
    ...verdict,
    ...(observed !== undefined && { observedGeneration: observed }),
  });
  return [
    condition('PodReadyToStartContainers', hasSandbox ? yes : { status: 'False' }),
    condition('Initialized', initializedVerdict(input)),
    condition('Ready', ready),
    condition('ContainersReady', containersReady),
    condition('PodScheduled', yes),
  ];
}

const complaint = (about: string, names: readonly string[]) =>
  names.length > 0 ? [`containers with ${about} status: [${names.join(' ')}]`] : [];

function containersReadyVerdict({ pod, statuses, phase }: ConditionsInput): Verdict {
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar);
  const names = [...sidecars, ...pod.spec.containers].map(({ name }) => name);
  const known = new Map(statuses.map((status) => [status.name, status]));
  const unknown = names.filter((name) => !known.has(name));
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  if (phase === 'Succeeded' && unknown.length === 0) {
    return { status: 'False', reason: 'PodCompleted' };
  }
  const unready = names.filter((name) => known.get(name)?.ready === false);
  const complaints = [...complaint('unknown', unknown), ...complaint('unready', unready)];
  if (complaints.length === 0) return yes;
  return { status: 'False', reason: 'ContainersNotReady', message: complaints.join(', ') };
}

function gatesVerdict({ pod, foreign }: ConditionsInput): Verdict {
  const complaints = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const status = foreign.find(({ type }) => type === conditionType)?.status;
    if (status === 'True') return [];
    const gate = `pod readiness gate "${conditionType}"`;
    return [
      status === undefined
        ? `corresponding condition of ${gate} does not exist.`
        : `the status of ${gate} is not "True", but ${status}`,
    ];
  });
  if (complaints.length === 0) return yes;
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: complaints.join(', ') };
}

/** An app container that has started shows that the init containers had their turn. */
const hasStarted = ({ pod, statuses }: ConditionsInput) =>
  pod.spec.containers.some(({ name }) => {
    const status = statuses.find((candidate) => candidate.name === name);
    const { running, terminated } = status?.state ?? {};
    return running ?? terminated ?? status?.lastState?.terminated;
  });

function initializedVerdict(input: ConditionsInput): Verdict {
  const { pod, statuses, phase } = input;
  const inits = pod.spec.initContainers ?? [];
  const known = new Map(statuses.map((status) => [status.name, status]));
  const unknown = inits.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  if (phase === 'Succeeded' && unknown.length === 0) {
    return { status: 'True', reason: 'PodCompleted' };
  }
  if (hasStarted(input)) return yes;
  const incomplete = inits.filter((container) => {
    const status = known.get(container.name);
    return status && !(isSidecar(container) ? status.started : status.ready);
  });
  const complaints = [
    ...complaint('unknown', unknown),
    ...complaint(
      'incomplete',
      incomplete.map(({ name }) => name),
    ),
  ];
  if (complaints.length === 0) return yes;
  return { status: 'False', reason: 'ContainersNotInitialized', message: complaints.join(', ') };
}
