import type { Command } from 'commander';
import type { Input } from './command-line.ts';
import type { Session } from './session.ts';

/** One word of the command line: what it can be told, and what it does. */
export interface Verb<F> {
  /** Usage, description and flags. */
  readonly declare: (command: Command) => void;
  /** Resolves to the exit code; nothing means success. Throws what went wrong. */
  readonly run: (session: Session, input: Input<F>) => Promise<number | void>;
}
