import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/**
 * Takes the lock of a directory for this process, or throws when another one holds it. The kernel gives it back
 * when the process ends, however it ends. Returns what gives it back earlier.
 */
export function lockDirectory(path: string): () => void {
  const fd = openSync(`${path}/owner.lock`, 'a', 0o600);
  // Node cannot lock files. The lock belongs to the open file, which this process shares with the short-lived one.
  const { status, error } = spawnSync('flock', ['--nonblock', '--exclusive', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
  });
  if (status === 0) return () => closeSync(fd);
  closeSync(fd);
  throw error
    ? new Error(`cannot lock ${path}: the flock command of util-linux is needed`, { cause: error })
    : new Error(`${path} is in use by another process`);
}
