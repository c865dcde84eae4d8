import { runHealthChecks, sleep } from '@berth/component-base';
import type { Clock, HealthCheck, Logger } from '@berth/component-base';
import type { ApiResponse } from '@berth/api';
import { textResponse } from '../response.ts';
import type { RequestInfo } from '../request.ts';

export type HealthEndpoint = 'healthz' | 'livez' | 'readyz';

export interface HealthOptions {
  readonly checks: (endpoint: HealthEndpoint) => readonly HealthCheck[];
  readonly clock: Clock;
  readonly logger: Logger;
}

const endpoints: readonly HealthEndpoint[] = ['healthz', 'livez', 'readyz'];
/** A check that takes longer has failed: whoever asks will not wait. */
const patienceMs = 2000;

/** `/livez`, `/readyz`, `/healthz` and one path per check under each; undefined for other paths. */
export function createHealth({ checks, clock, logger }: HealthOptions) {
  return async ({ path, query }: RequestInfo): Promise<ApiResponse | undefined> => {
    const [first, ...rest] = path.split('/').filter(Boolean);
    const endpoint = endpoints.find((known) => known === first);
    if (!endpoint) return undefined;
    const all = checks(endpoint).map((check) => bounded(check, clock));
    const name = rest.join('/');
    const chosen = name === '' ? all : all.filter((check) => check.name === name);
    if (chosen.length === 0) return undefined;
    const answer = await runHealthChecks(chosen, {
      endpoint,
      verbose: query.has('verbose'),
      exclude: query.getAll('exclude'),
    });
    for (const { name, err } of answer.failures) {
      logger.info('Health check failed', { endpoint, check: name, err });
    }
    return textResponse(answer.healthy ? 200 : 500, answer.text);
  };
}

function bounded({ name, check }: HealthCheck, clock: Clock): HealthCheck {
  return {
    name,
    async check() {
      const done = new AbortController();
      const slow = sleep(clock, patienceMs, done.signal).then(() => {
        if (!done.signal.aborted) throw new Error(`took longer than ${patienceMs} ms`);
      });
      try {
        await Promise.race([check(), slow]);
      } finally {
        done.abort();
      }
    },
  };
}
