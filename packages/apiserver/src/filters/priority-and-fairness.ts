import { StatusError, tooManyRequests } from '@berth/api';
import type { ApiResponse } from '@berth/api';
import type { Clock } from '@berth/component-base';
import type { Metrics } from '@berth/component-base/metrics';
import type { FlowControl } from '../flow-control/flow-control.ts';
import type { Flow } from '../flow-control/classify.ts';
import { isLongRunning } from '../request-info.ts';
import type { Filter, RequestContext } from '../request.ts';
import { statusResponse } from './errors-to-status.ts';

export interface FairnessOptions {
  readonly flowControl: Pick<FlowControl, 'classify' | 'seats'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** How long a request may wait for a seat. */
  readonly waitMs: number;
}

/** Seconds after which a client that was sent away should come back. */
const retryAfterSeconds = 1;

/**
 * Runs as many requests of each priority level as it has seats for, lets others wait their turn, and sends away with
 * 429 those that are too many. A watch holds its seat until it has begun; other streams need none.
 */
export function createPriorityAndFairness(options: FairnessOptions): Filter {
  const { flowControl, metrics } = options;
  const { seats } = flowControl;
  const count = createCounters(metrics, flowControl);

  return (next) => async (context) => {
    if (isLongRunning(context.info) && context.info.verb !== 'watch') return next(context);
    const flow = flowControl.classify(context);
    const headers = {
      'x-kubernetes-pf-flowschema-uid': flow.uid,
      'x-kubernetes-pf-prioritylevel-uid': seats.level(flow.level)?.uid ?? '',
    };
    const outcome = await enter(options, flow, context);
    if (outcome !== 'seated') {
      count.rejected(flow, outcome);
      const text = 'Too many requests, please try again later.';
      return withHeaders(statusResponse(tooManyRequests(text, retryAfterSeconds)), headers);
    }
    const done = count.running(context);
    try {
      return withHeaders(await next(context), headers);
    } catch (err) {
      if (!(err instanceof StatusError)) throw err;
      return withHeaders(statusResponse(err), headers);
    } finally {
      done();
      seats.leave(flow.level);
    }
  };
}

const withHeaders = (
  { status, headers, body }: ApiResponse,
  more: ApiResponse['headers'],
): ApiResponse => ({ status, headers: { ...headers, ...more }, body });

type Outcome = Exclude<ReturnType<FlowControl['seats']['enter']>, 'waiting'>;

/** At once when there is a seat; what is waited for ends with the client's patience and with ours. */
function enter(
  { flowControl: { seats }, clock, waitMs }: FairnessOptions,
  { schema, level, distinguisher }: Flow,
  context: RequestContext,
): Outcome | Promise<Outcome> {
  let resolve: (outcome: Outcome) => void = () => undefined;
  const settle = (outcome: Outcome) => resolve(outcome);
  const outcome = seats.enter(level, () => `${schema}/${distinguisher(context)}`, settle);
  if (outcome !== 'waiting') return outcome;
  return new Promise((done) => {
    const leave = () => seats.giveUp(level, settle, 'cancelled');
    const cancel = clock.after(waitMs, () => seats.giveUp(level, settle, 'time-out'));
    let forget: () => void = () => undefined;
    resolve = (settled) => {
      cancel();
      forget();
      done(settled);
    };
    forget = context.lifetime.onEnd(leave);
  });
}

function createCounters(metrics: Metrics, { seats }: Pick<FlowControl, 'seats'>) {
  const inflight = { mutating: 0, readOnly: 0 };
  const rejected = metrics.counter(
    'apiserver_flowcontrol_rejected_requests_total',
    'Requests sent away because too many were running.',
    ['priority_level', 'flow_schema', 'reason'],
  );
  metrics
    .gauge('apiserver_current_inflight_requests', 'Requests running now.', ['request_kind'])
    .read(() =>
      Object.entries(inflight).map(([request_kind, value]) => ({
        labels: { request_kind },
        value,
      })),
    );
  for (const [name, help, read] of gauges) {
    metrics.gauge(name, help, ['priority_level']).read(() =>
      seats.levels().map((level) => ({
        labels: { priority_level: level.name },
        value: level[read],
      })),
    );
  }
  return {
    rejected: ({ level, schema }: Flow, reason: string) =>
      rejected.inc({ priority_level: level, flow_schema: schema, reason }),
    running({ request }: RequestContext) {
      const kind = ['GET', 'HEAD'].includes(request.method) ? 'readOnly' : 'mutating';
      inflight[kind]++;
      return () => {
        inflight[kind]--;
      };
    },
  };
}

const gauges = [
  ['apiserver_flowcontrol_current_executing_requests', 'Requests that run now.', 'running'],
  ['apiserver_flowcontrol_current_inqueue_requests', 'Requests that wait.', 'waiting'],
  ['apiserver_flowcontrol_nominal_limit_seats', 'Seats that are due.', 'nominal'],
] as const;
