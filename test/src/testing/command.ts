import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

export interface Outcome {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The command is killed after this long; nothing here may run for ever. */
  readonly limitMs?: number;
}

/** A command that runs, with what it has written so far. */
export interface Running {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  write(text: string): void;
  endInput(): void;
  /** Resolves when it ended and all its output was read. */
  readonly outcome: Promise<Outcome>;
  /** Ends it and waits until it is gone. */
  stop(): Promise<Outcome>;
}

const defaultLimitMs = 120_000;

export function startCommand(
  command: string,
  args: readonly string[],
  { env, cwd, limitMs = defaultLimitMs }: CommandOptions = {},
): Running {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd && { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // Who does not read its input has no use for the rest.
  child.stdin.on('error', () => undefined);
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ code: code ?? signal ?? 1, stdout, stderr });
    });
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    write: (text) => void child.stdin.write(text),
    endInput: () => void child.stdin.end(),
    outcome,
    stop: () => {
      child.kill('SIGKILL');
      return outcome;
    },
  };
}

/** Runs a command to its end, however it ends. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Outcome> {
  const running = startCommand(command, args, options);
  running.child.stdin?.end(options.input ?? '');
  return running.outcome;
}

/** Runs a command that has to succeed; resolves to its stdout. */
export async function succeed(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, args, options);
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr.trim() || stdout}`);
}
