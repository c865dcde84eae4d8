import { execFile } from 'node:child_process';

/** Runs a command to its end; resolves to its stdout, rejects with the command and what it wrote to stderr. */
export function run(command: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 16 << 20 }, (err, stdout, stderr) => {
      if (!err) return resolve(stdout);
      const said = stderr.trim() || err.message;
      reject(new Error(`${command} ${args.join(' ')}: ${said}`, { cause: err }));
    });
  });
}

/** Whether the command ran and ended well. */
export const succeeds = (command: string, ...args: readonly string[]): Promise<boolean> =>
  run(command, ...args).then(
    () => true,
    () => false,
  );
