import { internalError, StatusError } from '@berth/api';
import type { ApiResponse } from '@berth/api';
import type { Logger } from '@berth/component-base';
import { jsonResponse } from '../response.ts';

export interface Failed {
  readonly path: string;
  readonly auditId: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** The Status that a client sees for whatever was thrown. What a stranger says goes to the log, not to the client. */
export function toStatusError(err: unknown, logger: Logger, failed: Failed): StatusError {
  if (err instanceof StatusError) return err;
  const { path, auditId, signal } = failed;
  if (!signal.aborted) logger.error('Failed to handle a request', { path, auditId, err });
  return internalError('an error on the server prevented the request from succeeding');
}

/** A Status as the answer, with the header that tells clients when to come back. */
export function statusResponse({ status }: StatusError): ApiResponse {
  const seconds = status.details?.retryAfterSeconds;
  return jsonResponse(status.code, status, seconds ? { 'retry-after': String(seconds) } : {});
}
