import { spawn } from 'node:child_process';

/** Runs a command of the node with `input` on its stdin; rejects with what it wrote to stderr. */
export type RunCommand = (
  command: string,
  args: readonly string[],
  input?: string,
) => Promise<string>;

export const runCommand: RunCommand = (command, args, input = '') =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(stdout);
      else
        reject(new Error(`${command} ${args.join(' ')}: ${stderr.trim() || `exit code ${code}`}`));
    });
    // A command that ends before it has read everything says why on its stderr.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
