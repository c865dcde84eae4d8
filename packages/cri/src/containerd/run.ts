import { execFile } from 'node:child_process';

/** Output is bounded by this; a command that says more is not one we ask. */
const maxOutput = 64 << 20;

/** Runs a command to its end; resolves to its stdout, rejects with what it wrote to stderr. */
export function run(
  command: string,
  args: readonly string[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: maxOutput, ...(signal && { signal }) };
    execFile(command, args, options, (err, stdout, stderr) => {
      if (!err) return resolve(stdout);
      const said = stderr.trim().split('\n').slice(-3).join('; ');
      reject(new Error(`${command} ${args[0] ?? ''}: ${said || err.message}`, { cause: err }));
    });
  });
}
