import { execFile } from 'node:child_process';
import type { Readable, Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Output is bounded by this; a command that says more is not one we ask. */
const maxOutput = 64 << 20;

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** What the command reads from its stdin, a source and what it goes through; nothing when absent. */
  readonly input?: readonly [Readable, ...Duplex[]];
}

/** Runs a command to its end; resolves to its stdout, rejects with what it wrote to stderr. */
export function run(
  command: string,
  args: readonly string[],
  { signal, input }: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: maxOutput, ...(signal && { signal }) };
    let unreadable: unknown;
    const child = execFile(command, args, options, (err, stdout, stderr) => {
      if (!err) return resolve(stdout);
      const said = stderr.trim().split('\n').slice(-3).join('; ');
      reject(new Error(`${command}: ${said || err.message}`, { cause: unreadable ?? err }));
    });
    if (!input) return void child.stdin?.end();
    pipeline([...input, child.stdin!]).catch((err: unknown) => {
      // A command that has ended by itself says why; one that waits for the rest never ends.
      unreadable = err;
      child.kill();
    });
  });
}
