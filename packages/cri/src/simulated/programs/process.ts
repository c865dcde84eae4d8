import type { Clock } from '@berth/component-base';
import type { Files } from './files.ts';
import type { Pipe } from './pipe.ts';

export type OutputStream = 'stdout' | 'stderr';

/** What a simulated program sees of the world. */
export interface Process {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly hostname: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly stdin: Pipe;
  readonly write: (stream: OutputStream, data: string | Uint8Array) => void;
  /** Aborts when SIGTERM comes. Nothing ends by it that does not look at it. */
  readonly term: AbortSignal;
  /** Aborts when the process is killed; whatever it still does then is not seen. */
  readonly kill: AbortSignal;
}

/** Resolves to the exit code. */
export type Program = (process: Process) => Promise<number>;

/** Signals end a process with this plus their number. */
export const killed = 128 + 9;
