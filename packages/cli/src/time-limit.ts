import { parseDuration } from '@berth/api';
import type { Clock } from '@berth/component-base';
import { UsageError } from './usage-error.ts';

/** What is thrown when a time limit was reached; the text is kubectl's. */
const timedOut = (subject?: string): UsageError =>
  new UsageError(`timed out waiting for the condition${subject ? ` on ${subject}` : ''}`);

/**
 * Does `work` for at most `ms` (0 and less: without limit); its signal aborts at the end, whatever the end is, so that
 * nothing of it goes on.
 */
export async function withTimeLimit<T>(
  clock: Clock,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  subject?: string,
): Promise<T> {
  const controller = new AbortController();
  const cancel =
    ms > 0 ? clock.after(ms, () => controller.abort(timedOut(subject))) : () => undefined;
  try {
    return await work(controller.signal);
  } catch (err) {
    throw controller.signal.aborted ? controller.signal.reason : err;
  } finally {
    cancel();
    controller.abort();
  }
}

/** Reads `30s`, `5m`, `1h`; a number alone means seconds. Throws `UsageError`. */
export function readDuration(flag: string, text: string): number {
  try {
    return /^\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    throw new UsageError(`invalid argument "${text}" for "${flag}" flag: ${why}`, { cause: err });
  }
}
