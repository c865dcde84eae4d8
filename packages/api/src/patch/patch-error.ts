import { StatusError } from '../status.ts';
import { formatGo } from './format-go.ts';

const failure = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' } as const;

/** A patch that is well formed and cannot be applied to this object; the cause says why. */
export const inapplicable = (why: string): StatusError =>
  new StatusError({
    ...failure,
    message: 'the server rejected our request due to an error in our request',
    reason: 'Invalid',
    details: { causes: [{ reason: 'UnexpectedServerResponse', message: why }] },
    code: 422,
  });

/** What upstream has no reason for: its clients print the message alone. */
export const unexplained = (message: string): StatusError =>
  new StatusError({ ...failure, message, code: 500 });

export const unknownPatchType = (directive: unknown, patch: unknown): StatusError =>
  unexplained(`unknown patch type: ${formatGo(directive)} in map: ${formatGo(patch)}`);
