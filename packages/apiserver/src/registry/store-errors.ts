import { Buffer } from 'node:buffer';
import { expired, requestEntityTooLarge, serviceUnavailable, StatusError } from '@berth/api';
import type { StatusCause } from '@berth/api';
import { ExpiredError, TooLargeError, UnavailableError, UnknownOutcomeError } from '@berth/storage';
import type { KeyValue, Storage } from '@berth/storage';

/** 504: the answer did not come in time; `causes` say what was waited for. */
export const timedOut = (
  message: string,
  causes?: readonly StatusCause[],
  options?: ErrorOptions,
): StatusError =>
  new StatusError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `Timeout: ${message}`,
      reason: 'Timeout',
      details: { retryAfterSeconds: 1, ...(causes && { causes }) },
      code: 504,
    },
    options,
  );

/** What a client is told when storage failed; other errors pass unchanged. */
export function fromStorage(err: unknown): unknown {
  if (err instanceof UnavailableError)
    return serviceUnavailable('the store of this server cannot be reached', { cause: err });
  if (err instanceof UnknownOutcomeError) return unknownOutcome(err);
  if (err instanceof TooLargeError)
    return requestEntityTooLarge(`Request entity too large: ${err.message}`);
  if (err instanceof ExpiredError)
    return expired('The resourceVersion for the provided list is too old.');
  return err;
}

/** 410 for a page whose state is gone; `next` continues in the newest state. */
export function continueExpired(next: string, cause: unknown): StatusError {
  const { status } = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
      'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
      'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
      'deleted between the time the first chunk was returned and now may show up in the list.',
  );
  return new StatusError({ ...status, metadata: { continue: next } }, { cause });
}

/** Whether a write may have happened all the same. */
export const isUnknownOutcome = (err: unknown): boolean =>
  err instanceof UnknownOutcomeError ||
  (err instanceof Error && err.cause instanceof UnknownOutcomeError);

const unknownOutcome = (cause: unknown) =>
  timedOut('the store did not say whether the write has happened', undefined, { cause });

/**
 * Runs one write of `value`. When its outcome is unknown, the key is read once: our own bytes mean that it happened;
 * anything else means that nobody knows, and the client is told so. The write is not sent again.
 */
export async function settleWrite(
  storage: Storage,
  key: string,
  value: Uint8Array,
  write: () => Promise<KeyValue | undefined>,
): Promise<KeyValue | undefined> {
  try {
    return await write();
  } catch (err) {
    if (!(err instanceof UnknownOutcomeError)) throw err;
    const { kv } = await storage.get(key);
    if (kv && Buffer.compare(kv.value, value) === 0) return kv;
    throw unknownOutcome(err);
  }
}

/** The same for a removal: a key that is gone, or holds another object's value, has been removed. */
export async function settleRemoval(
  storage: Storage,
  { key, modRevision }: KeyValue,
): Promise<number | undefined> {
  try {
    return await storage.remove(key, modRevision);
  } catch (err) {
    if (!(err instanceof UnknownOutcomeError)) throw err;
    const { kv, revision } = await storage.get(key);
    if (!kv) return revision;
    throw unknownOutcome(err);
  }
}
