import { StatusError } from '@berth/api';
import type { Status } from '@berth/api';

/** What the client is told when a webhook says no, with the webhook's own words and code where it has some. */
export function denial(webhook: string, result: Partial<Status> = {}): StatusError {
  const by = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const why = result.message || result.reason;
  const { code = 0 } = result;
  return new StatusError({
    ...result,
    kind: 'Status',
    apiVersion: 'v1',
    metadata: result.metadata ?? {},
    status: result.status && result.status !== 'Success' ? result.status : 'Failure',
    message: why ? `${by}: ${why}` : `${by} without explanation`,
    code: code < 400 ? 400 : code,
  });
}
