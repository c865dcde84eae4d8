import { badRequest, StatusError } from '@berth/api';
import type { ApiResponse } from '@berth/api';
import type { Clock } from '@berth/component-base';
import { isLongRunning } from '../request-info.ts';
import type { Wrapper } from '../chain.ts';

/**
 * Ends requests that take longer than `maxMs`, or than the client's own `timeout` parameter if that is shorter, with
 * a Timeout. Watches and streams are left alone.
 */
export const createDeadline =
  (clock: Clock, maxMs: number): Wrapper =>
  async (context, next) => {
    if (isLongRunning(context.info)) return next(context);
    const ms = Math.min(maxMs, askedFor(context.info.query.get('timeout')) || maxMs);
    return new Promise<ApiResponse>((resolve, reject) => {
      const cancel = clock.after(ms, () => {
        reject(timedOut());
        context.lifetime.end();
      });
      void next(context).then(resolve, reject).finally(cancel);
    });
  };

const timedOut = () =>
  new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'Timeout: request did not complete within the allotted timeout',
    reason: 'Timeout',
    details: {},
    code: 504,
  });

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a duration such as `1m30s`; 0 when nothing is asked for. */
function askedFor(text: string | null): number {
  if (!text || text === '0') return 0;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) {
    throw badRequest(`invalid timeout specified in the request URL - ${JSON.stringify(text)}`);
  }
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0),
    0,
  );
}
