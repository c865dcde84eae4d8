import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createLogger, formatHelp, parseOptions, systemClock } from '@berth/component-base';
import type { Environment, FlagTable, LogLevel, Logger, OptionsOf } from '@berth/component-base';

/** What a process gives to the parts it is made of. */
export interface ProcessContext {
  readonly clock: typeof systemClock;
  readonly random: () => number;
  readonly newUid: () => string;
  readonly logger: Logger;
  /** Names this process among all of the cluster. */
  readonly identity: string;
}

/** `write` takes the log's lines; stderr does when it is absent. */
export function processContext(
  level: LogLevel,
  write: (line: string) => void = (line) => process.stderr.write(line),
): ProcessContext {
  return {
    clock: systemClock,
    random: Math.random,
    newUid: randomUUID,
    logger: createLogger({
      level,
      write,
      now: () => systemClock.now(),
    }),
    identity: `${hostname()}_${randomUUID()}`,
  };
}

/** Reads the flags of a command; prints its help and returns undefined when that was asked for. */
export function readFlags<T extends FlagTable>(
  usage: string,
  table: T,
  argv: readonly string[],
  env: Environment,
): OptionsOf<T> | undefined {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(formatHelp(usage, table));
    return undefined;
  }
  return parseOptions(table, argv, env);
}

export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
