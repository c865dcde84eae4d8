import { readFile } from 'node:fs/promises';
import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';

/** A process that is told from a later one with the same id by when it started. */
export interface ProcessMark {
  readonly pid: number;
  /** In ticks since the machine started; 0 where the system does not tell. */
  readonly startTicks: number;
}

export const markProcess = async (pid: number): Promise<ProcessMark> => ({
  pid,
  startTicks: (await startTicks(pid)) ?? 0,
});

/** Undefined when there is no such process, or only what its parent has not noticed the end of. */
async function startTicks(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name, in parentheses, may hold anything; what follows is fixed.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && fields[0] !== 'Z' ? Number(fields[19]) : undefined;
}

export const isRunning = async ({ pid, startTicks: expected }: ProcessMark): Promise<boolean> =>
  (await startTicks(pid)) === expected;

const pollMs = 25;

/** Asks a process to end, makes it after `limitMs`, and resolves when it is gone. */
export async function endProcess(
  mark: ProcessMark,
  { clock, limitMs }: { readonly clock: Clock; readonly limitMs: number },
): Promise<void> {
  if (!(await isRunning(mark))) return;
  send(mark.pid, 'SIGTERM');
  const until = clock.monotonic() + limitMs;
  while (await isRunning(mark)) {
    if (clock.monotonic() > until) send(mark.pid, 'SIGKILL');
    await sleep(clock, pollMs);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (err) {
    if (!(err instanceof Error && 'code' in err && err.code === 'ESRCH')) throw err;
  }
}
