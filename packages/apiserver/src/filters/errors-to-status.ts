import { internalError, StatusError } from '@berth/api';
import type { ApiResponse } from '@berth/api';
import type { Logger } from '@berth/component-base';
import type { Lifetime } from '../lifetime.ts';
import { jsonResponse } from '../response.ts';

export interface Failed {
  readonly path: string;
  readonly auditId: string;
  /** Over when nobody waits for the answer any more. */
  readonly lifetime: Lifetime;
}

/** The Status that a client sees for whatever was thrown. What a stranger says goes to the log, not to the client. */
export function toStatusError(err: unknown, logger: Logger, failed: Failed): StatusError {
  if (err instanceof StatusError) return err;
  const { path, auditId, lifetime } = failed;
  if (!lifetime.isOver) logger.error('Failed to handle a request', { path, auditId, err });
  return internalError('an error on the server prevented the request from succeeding');
}

/** A Status as the answer, with the header that tells clients when to come back. */
export function statusResponse({ status }: StatusError): ApiResponse {
  const seconds = status.details?.retryAfterSeconds;
  return jsonResponse(status.code, status, seconds ? { 'retry-after': String(seconds) } : {});
}
