import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { backoff, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';

/** One process that is to be there all the time. */
export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Both its outputs are appended here. */
  readonly logFile: string;
}

export interface SupervisorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called whenever a program got another process. */
  readonly onStart?: (name: string, pid: number) => void;
  /** Called when a program ended by itself, with how often it did so soon after its start, in a row. */
  readonly onFall?: (program: Program, falls: number) => void;
}

export interface Supervised {
  readonly name: string;
  /** Ends the present process; the next one starts as after any other end. */
  restart(): void;
  /** Resolves when the program was told to end and has ended. */
  readonly done: Promise<void>;
}

/** A program that fell at once falls again: back off, so that its log can be read. */
const restartPause = { initialMs: 100, maxMs: 5_000 };
const steadyAfterMs = 10_000;
const endLimitMs = 8_000;

/** Starts the program, starts it again whenever it ends, and ends it when `signal` aborts. */
export function supervise(
  program: Program,
  { clock, logger, onStart, onFall }: SupervisorOptions,
  signal: AbortSignal,
): Supervised {
  let child: ChildProcess | undefined;
  const stopped = () => signal.aborted;

  const live = async (): Promise<void> => {
    for (let falls = 0; !signal.aborted;) {
      const startedAt = clock.monotonic();
      child = launch(program);
      if (child.pid !== undefined) onStart?.(program.name, child.pid);
      const why = await ended(child, clock, signal);
      if (stopped()) break;
      falls = clock.monotonic() - startedAt > steadyAfterMs ? 0 : falls + 1;
      onFall?.(program, falls);
      logger.info('Restarted a program', { program: program.name, because: why });
      await sleep(
        clock,
        backoff(Math.max(0, falls - 1), restartPause, () => 0),
        signal,
      );
    }
  };
  const restart = () => {
    if (child) endWithin(child, clock);
  };
  return { name: program.name, restart, done: live() };
}

function launch({ command, args, env, logFile }: Program): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    return spawn(command, args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
      // A Ctrl-C on the terminal is for the supervisor alone: it ends its programs in order.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

/** Resolves to how the process ended; asks it to end when `signal` aborts, and makes it when it does not. */
async function ended(child: ChildProcess, clock: Clock, signal: AbortSignal): Promise<string> {
  const gone = new Promise<string>((resolve) => {
    child.once('error', (err) => resolve(err.message));
    child.once('exit', (code, by) => resolve(by ? `signal ${by}` : `exit code ${code}`));
  });
  const end = () => endWithin(child, clock);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await gone;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** Asks the process to end, and makes it when it does not. */
function endWithin(child: ChildProcess, clock: Clock): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const cancel = clock.after(endLimitMs, () => child.kill('SIGKILL'));
  child.once('exit', cancel);
}
