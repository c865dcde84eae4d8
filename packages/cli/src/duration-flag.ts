import { goQuote, parseDuration } from '@berth/api';
import { UsageError } from './usage-error.ts';

/** The milliseconds of a flag such as `--timeout 90s`; `fallback` when it is not given. */
export function durationFlag(flag: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  try {
    return parseDuration(text);
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    throw new UsageError(`invalid argument ${goQuote(text)} for ${goQuote(flag)} flag: ${why}`, {
      cause: err,
    });
  }
}
