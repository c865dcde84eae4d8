import { tooManyRequests } from '@berth/api';
import type { Metrics } from '@berth/component-base/metrics';
import { isLongRunning } from '../request-info.ts';
import type { Filter, RequestContext } from '../request.ts';

/** A share of the server that one kind of traffic cannot lose to another. */
export interface PriorityLevel {
  readonly name: string;
  readonly matches: (context: RequestContext) => boolean;
  /** Requests of this level that run at once; absent: never held up. */
  readonly seats?: number;
  /** Requests that may wait for a seat, per user; more are sent away with 429. */
  readonly queueLength?: number;
}

const inGroup =
  (group: string) =>
  ({ user }: RequestContext) =>
    user.groups.includes(group);

/** Administrators, nodes with leases, the control plane, workloads, everybody else: the first that matches counts. */
export const defaultPriorityLevels: readonly PriorityLevel[] = [
  { name: 'exempt', matches: inGroup('system:masters') },
  {
    name: 'probes',
    matches: ({ info }) => /^\/(healthz|livez|readyz)(\/|$)/.test(info.path),
  },
  { name: 'node-high', matches: inGroup('system:nodes'), seats: 160, queueLength: 200 },
  {
    name: 'leader-election',
    matches: ({ info }) => info.resource === 'leases' && info.group === 'coordination.k8s.io',
    seats: 40,
    queueLength: 50,
  },
  {
    name: 'workload-high',
    matches: ({ user }) =>
      user.name.startsWith('system:kube-') ||
      user.groups.includes('system:serviceaccounts:kube-system'),
    seats: 160,
    queueLength: 200,
  },
  {
    name: 'workload-low',
    matches: inGroup('system:serviceaccounts'),
    seats: 160,
    queueLength: 50,
  },
  { name: 'global-default', matches: () => true, seats: 80, queueLength: 50 },
];

/** Seconds after which a client that was sent away should come back. */
const retryAfterSeconds = 1;

/**
 * Bounds how many requests run at once, per level. Within a level users take turns, so that one with a long queue
 * cannot keep another waiting.
 */
export function createInflightLimit(levels: readonly PriorityLevel[], metrics: Metrics): Filter {
  const rejected = metrics.counter(
    'apiserver_flowcontrol_rejected_requests_total',
    'Requests sent away because too many were running.',
    ['priority_level', 'reason'],
  );
  const running = { mutating: 0, readOnly: 0 };
  metrics
    .gauge('apiserver_current_inflight_requests', 'Requests running now.', ['request_kind'])
    .read(() =>
      Object.entries(running).map(([request_kind, value]) => ({ labels: { request_kind }, value })),
    );
  const limits = levels.map((level) => ({ level, limit: createFairLimit(level) }));

  return (next) => async (context) => {
    if (isLongRunning(context.info)) return next(context);
    const found = limits.find(({ level }) => level.matches(context));
    const admitted = await found?.limit.enter(context.user.name, context.signal);
    if (admitted === false) {
      rejected.inc({ priority_level: found?.level.name ?? '', reason: 'queue-full' });
      throw tooManyRequests('Too many requests, please try again later.', retryAfterSeconds);
    }
    const kind = ['GET', 'HEAD'].includes(context.request.method) ? 'readOnly' : 'mutating';
    running[kind]++;
    try {
      return await next(context);
    } finally {
      running[kind]--;
      found?.limit.leave();
    }
  };
}

interface FairLimit {
  /** False when the caller's queue is full or its client went away: then nothing is held. */
  enter(flow: string, signal: AbortSignal): Promise<boolean> | true;
  leave(): void;
}

function createFairLimit({ seats, queueLength = 0 }: PriorityLevel): FairLimit {
  if (seats === undefined) return { enter: () => true, leave: () => undefined };
  let free = seats;
  /** In order of turn: a flow that was served goes to the back. */
  const queues = new Map<string, Set<(admitted: boolean) => void>>();

  return {
    enter(flow, signal) {
      if (free > 0) {
        free--;
        return true;
      }
      const queue = queues.get(flow) ?? new Set();
      if (queue.size >= queueLength || signal.aborted) return Promise.resolve(false);
      queues.set(flow, queue);
      return new Promise((resolve) => {
        const settle = (admitted: boolean) => {
          signal.removeEventListener('abort', giveUp);
          queue.delete(settle);
          if (queue.size === 0) queues.delete(flow);
          resolve(admitted);
        };
        const giveUp = () => settle(false);
        queue.add(settle);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
    leave() {
      const [turn] = queues;
      if (!turn) {
        free++;
        return;
      }
      const [flow, queue] = turn;
      queues.delete(flow);
      const [first] = queue;
      if (queue.size > 1) queues.set(flow, queue);
      first?.(true);
    },
  };
}
