import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';

/** Asks a process to end, and makes it end when it has not after `limitMs`. */
export async function endProcess(
  pid: number,
  gone: Promise<unknown>,
  { clock, limitMs }: { readonly clock: Clock; readonly limitMs: number },
): Promise<void> {
  signalProcess(pid, 'SIGTERM');
  const enough = new AbortController();
  const ended = gone.then(() => enough.abort());
  await sleep(clock, limitMs, enough.signal);
  // Once it is gone its number may be another's.
  if (!enough.signal.aborted) signalProcess(pid, 'SIGKILL');
  await ended;
}

/** False when there is no such process. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (err) {
    if (err instanceof Error && 'code' in err && err.code === 'ESRCH') return false;
    throw err;
  }
}

export const isRunning = (pid: number): boolean => signalProcess(pid, 0);
