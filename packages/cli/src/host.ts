import type { Clock, Environment } from '@berth/component-base';

/** One of the two streams that a command speaks on. */
export interface Sink {
  readonly isTerminal: boolean;
  /** Resolves when the stream can take more. */
  write(data: string | Uint8Array): Promise<void>;
}

/** What people type, and the terminal they type on. */
export interface Source extends AsyncIterable<Uint8Array> {
  readonly isTerminal: boolean;
  /** Keys arrive as they are pressed, none of them is acted on here. Does nothing when this is no terminal. */
  setRaw(raw: boolean): void;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The machine around a command: everything that a test replaces. */
export interface Host {
  readonly env: Environment;
  readonly homeDir: string;
  /** Where a cluster lies that `berth up` started without being told where. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Undefined when stdout is no terminal. */
  readonly terminalSize: () => TerminalSize | undefined;
  /** Calls `fn` whenever the terminal's size changes; the returned function ends that. */
  readonly onResize: (fn: () => void) => () => void;
  readonly readFile: (path: string) => string;
  /** Names in a directory, in order; undefined for what is none. Throws when there is nothing. */
  readonly readDirectory: (path: string) => readonly string[] | undefined;
  readonly fileExists: (path: string) => boolean;
  /** Aborts when the process is asked to end; taken by commands that have something to put in order. */
  readonly terminationSignal: () => AbortSignal;
}
