import type { Container, ContainerState, ContainerStatus, Pod } from '@berth/api';
import type { Column } from '../strategy.ts';
import { ageColumn, ageOf, nameColumn } from './columns.ts';

export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  {
    name: 'Ready',
    type: 'string',
    description: 'Containers that are ready, of all that stay.',
    cell: (pod) => {
      const { ready, total } = summarize(pod);
      return `${ready}/${total}`;
    },
  },
  {
    name: 'Status',
    type: 'string',
    description: 'What the pod is doing, in one word.',
    cell: (pod) => summarize(pod).reason,
  },
  {
    name: 'Restarts',
    type: 'string',
    description: 'How often containers were started again, and when last.',
    cell: (pod, now) => {
      const { count, lastAt } = summarize(pod).restarts;
      return count > 0 && lastAt ? `${count} (${ageOf(lastAt, now)} ago)` : String(count);
    },
  },
  ageColumn,
  {
    name: 'IP',
    type: 'string',
    description: 'First address of the pod.',
    priority: 1,
    cell: ({ status }) => status?.podIPs?.[0]?.ip || '<none>',
  },
  {
    name: 'Node',
    type: 'string',
    description: 'Node that runs the pod.',
    priority: 1,
    cell: ({ spec }) => spec.nodeName || '<none>',
  },
  {
    name: 'Nominated Node',
    type: 'string',
    description: 'Node that the pod waits for.',
    priority: 1,
    cell: ({ status }) => status?.nominatedNodeName || '<none>',
  },
  {
    name: 'Readiness Gates',
    type: 'string',
    description: 'Gates whose condition is true, of all.',
    priority: 1,
    cell: readinessGates,
  },
];

interface Restarts {
  readonly count: number;
  /** When the last container that was started again had ended. */
  readonly lastAt?: string;
}

interface Summary {
  readonly ready: number;
  readonly total: number;
  readonly reason: string;
  readonly restarts: Restarts;
}

/** What `kubectl get pods` says in its first columns. */
function summarize(pod: Pod): Summary {
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar);
  const init = walkInit(pod, new Set(sidecars.map(({ name }) => name)));
  const initialized = init.blocked === undefined || hasCondition(pod, 'Initialized');
  const main = initialized ? walkMain(pod, init.blocked ?? overallReason(pod)) : undefined;
  return {
    ready: init.readySidecars + (main?.ready ?? 0),
    total: pod.spec.containers.length + sidecars.length,
    reason: endReason(pod) ?? main?.reason ?? init.blocked ?? overallReason(pod),
    restarts: restartsOf(
      initialized ? [...init.seenSidecars, ...(pod.status?.containerStatuses ?? [])] : init.seen,
    ),
  };
}

const isSidecar = ({ restartPolicy }: Container) => restartPolicy === 'Always';

interface InitWalk {
  /** Why initialization is not over; undefined once it is. */
  readonly blocked?: string;
  readonly readySidecars: number;
  readonly seen: readonly ContainerStatus[];
  readonly seenSidecars: readonly ContainerStatus[];
}

/** Init containers in order, up to the first that holds the others up. */
function walkInit({ spec, status }: Pod, sidecars: ReadonlySet<string>): InitWalk {
  const statuses = status?.initContainerStatuses ?? [];
  const passed = (container: ContainerStatus) =>
    container.state?.terminated?.exitCode === 0 ||
    (sidecars.has(container.name) && container.started === true);
  const stop = statuses.findIndex((container) => !passed(container));
  const seen = stop < 0 ? statuses : statuses.slice(0, stop + 1);
  const through = stop < 0 ? statuses : statuses.slice(0, stop);
  const blocker = statuses[stop];
  return {
    ...(blocker && {
      blocked: initReason(blocker.state, stop, spec.initContainers?.length ?? 0),
    }),
    readySidecars: through.filter(({ ready, state }) => ready && state?.terminated?.exitCode !== 0)
      .length,
    seen,
    seenSidecars: seen.filter(({ name }) => sidecars.has(name)),
  };
}

function initReason(state: ContainerState | undefined, index: number, total: number): string {
  if (state?.terminated) return `Init:${terminationReason(state.terminated)}`;
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${total}`;
}

function terminationReason({
  reason,
  signal,
  exitCode,
}: NonNullable<ContainerState['terminated']>): string {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

/** The first container that has something to say gives the reason. */
function walkMain(pod: Pod, before: string): { readonly ready: number; readonly reason: string } {
  const statuses = pod.status?.containerStatuses ?? [];
  const said = statuses.map(({ state }) => stateReason(state)).find((reason) => reason);
  const ready = statuses.filter(
    (container) => container.ready && container.state?.running && !stateReason(container.state),
  ).length;
  const reason = said ?? before;
  if (reason !== 'Completed' || ready === 0) return { ready, reason };
  return { ready, reason: hasCondition(pod, 'Ready') ? 'Running' : 'NotReady' };
}

function stateReason(state: ContainerState | undefined): string | undefined {
  if (state?.waiting?.reason) return state.waiting.reason;
  return state?.terminated && terminationReason(state.terminated);
}

function overallReason({ status }: Pod): string {
  const gated = status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : status?.reason || (status?.phase ?? '');
}

/** A pod that is being deleted says so, unless it has ended already. */
function endReason({ metadata, status }: Pod): string | undefined {
  if (!metadata.deletionTimestamp) return undefined;
  if (status?.reason === 'NodeLost') return 'Unknown';
  return status?.phase === 'Succeeded' || status?.phase === 'Failed' ? undefined : 'Terminating';
}

function restartsOf(statuses: readonly ContainerStatus[]): Restarts {
  const count = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const lastAt = statuses
    .map(({ lastState }) => lastState?.terminated?.finishedAt ?? '')
    .reduce((latest, time) => (time > latest ? time : latest), '');
  return { count, ...(lastAt && { lastAt }) };
}

const hasCondition = ({ status }: Pod, type: string) =>
  status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ??
  false;

function readinessGates({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const open = gates.filter(({ conditionType }) =>
    status?.conditions?.some(
      ({ type, status: state }) => type === conditionType && state === 'True',
    ),
  );
  return `${open.length}/${gates.length}`;
}
