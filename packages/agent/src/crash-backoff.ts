/** How long a crashing container waits; kept per container as long as its hash stays the same. */
export interface CrashBackoff {
  readonly hash: string;
  readonly delayMs: number;
  readonly updatedAt: number;
}

const crashBackoffInitialMs = 10_000;
const crashBackoffMaxMs = 300_000;

/** A container that ran this long past its last back-off starts with a clean slate. */
const forgetAfterMs = 2 * crashBackoffMaxMs;

const isStale = (entry: CrashBackoff, hash: string, at: number) =>
  entry.hash !== hash || at - entry.updatedAt > forgetAfterMs;

/** When a container that finished at `finishedAt` may start again; undefined for at once. */
export function waitsUntil(
  entry: CrashBackoff | undefined,
  hash: string,
  finishedAt: number,
  now: number,
): number | undefined {
  if (!entry || isStale(entry, hash, finishedAt)) return undefined;
  const until = finishedAt + entry.delayMs;
  return now < until ? until : undefined;
}

/** The entry after one more restart: the wait doubles up to its bound. */
export function nextBackoff(
  entry: CrashBackoff | undefined,
  hash: string,
  finishedAt: number,
  now: number,
): CrashBackoff {
  if (!entry || isStale(entry, hash, finishedAt)) {
    return { hash, delayMs: crashBackoffInitialMs, updatedAt: now };
  }
  return { hash, delayMs: Math.min(crashBackoffMaxMs, entry.delayMs * 2), updatedAt: now };
}
