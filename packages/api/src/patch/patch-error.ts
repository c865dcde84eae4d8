import { badRequest, StatusError } from '../status.ts';
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

/**
 * A patch that says nothing sensible. Upstream answers several of these with a bare 500; the words are the same here, but
 * the fault is the client's, and a client that takes 500 for a reason to try again would do so in vain.
 */
export const unknownPatchType = (directive: unknown, patch: unknown): StatusError =>
  badRequest(`unknown patch type: ${formatGo(directive)} in map: ${formatGo(patch)}`);
