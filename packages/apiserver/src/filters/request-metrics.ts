import type { Body } from '@berth/api';
import type { Clock } from '@berth/component-base';
import type { Metrics } from '@berth/component-base/metrics';
import type { Wrapper } from '../chain.ts';
import { isLongRunning } from '../request-info.ts';
import type { RequestInfo } from '../request.ts';

type Labels = Readonly<Record<string, string>>;

const labelNames = [
  'verb',
  'dry_run',
  'group',
  'version',
  'resource',
  'subresource',
  'scope',
  'component',
];

/** Upstream's bounds in seconds, so that its dashboards and rules fit. */
const buckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
];

export interface RequestMetricsOptions {
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Whether the resource is one that is served: labels come from nowhere else, or clients could grow them at will. */
  readonly isServed: (info: RequestInfo) => boolean;
}

/** Counts and times every request under upstream's metric names. */
export function createRequestMetrics({ metrics, clock, isServed }: RequestMetricsOptions): Wrapper {
  const total = metrics.counter('apiserver_request_total', 'Requests by outcome.', [
    ...labelNames,
    'code',
  ]);
  const duration = metrics.histogram(
    'apiserver_request_duration_seconds',
    'Time until the answer was ready.',
    labelNames,
    buckets,
  );
  const lasting = metrics.gauge(
    'apiserver_longrunning_requests',
    'Watches and streams that are open.',
    labelNames.filter((name) => name !== 'dry_run'),
  );

  return async (context, next) => {
    const { info } = context;
    const labels = labelsOf(info, context.request.headers['content-type'], isServed(info));
    const start = clock.monotonic();
    const response = await next(context);
    total.inc({ ...labels, code: response.status });
    if (!isLongRunning(info)) {
      duration.observe(labels, (clock.monotonic() - start) / 1000);
      return response;
    }
    if (response.body.bytes) return response;
    const { dry_run: _dryRun, ...kept } = labels;
    return {
      ...response,
      body: tracked(response.body, (by) => lasting.inc(kept, by)),
    };
  };
}

/** The same body; `count` learns when somebody begins to read it and when it is over. */
function tracked(body: Body, count: (by: number) => void): Body {
  return {
    ...(body.gathers && { gathers: true }),
    [Symbol.asyncIterator]() {
      const chunks = body[Symbol.asyncIterator]();
      let isOpen = true;
      count(1);
      const close = () => {
        if (isOpen) count(-1);
        isOpen = false;
      };
      const seen = (result: IteratorResult<Uint8Array>) => {
        if (result.done) close();
        return result;
      };
      const failed = (err: unknown): never => {
        close();
        throw err;
      };
      // No generator: it would cost every piece of a watch two more turns.
      return {
        next: () => chunks.next().then(seen, failed),
        async return() {
          close();
          await chunks.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

function labelsOf(info: RequestInfo, contentType: string | undefined, served: boolean): Labels {
  const known = info.isResource && served;
  return {
    verb: info.isResource ? verbOf(info, contentType) : info.verb.toUpperCase(),
    dry_run: info.query.has('dryRun') ? 'All' : '',
    group: known ? info.group : '',
    version: known ? info.version : '',
    resource: known ? info.resource : '',
    subresource: known ? info.subresource : '',
    scope: known ? scopeOf(info) : '',
    component: 'apiserver',
  };
}

const verbs: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' };

function verbOf({ verb, subresource }: RequestInfo, contentType = ''): string {
  if (['attach', 'exec', 'portforward', 'proxy', 'log'].includes(subresource)) return 'CONNECT';
  if (verb === 'patch' && contentType.startsWith('application/apply-patch')) return 'APPLY';
  return verbs[verb] ?? verb.toUpperCase();
}

function scopeOf({ name, namespace }: RequestInfo): string {
  if (name) return 'resource';
  return namespace ? 'namespace' : 'cluster';
}
