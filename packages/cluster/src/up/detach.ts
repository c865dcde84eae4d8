import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '@berth/component-base';
import type { Environment } from '@berth/component-base';
import type { ClusterPaths } from '../data-dir.ts';
import { processContext } from '../process.ts';
import type { Self } from './up.ts';

const pollMs = 20;

/** Starts the same `up` in the background, and waits until it is ready or has failed; what it said is printed. */
export async function detach(
  argv: readonly string[],
  env: Environment,
  paths: ClusterPaths,
  [command, ...first]: Self,
  signal: AbortSignal,
): Promise<number> {
  await mkdir(paths.logs, { recursive: true, mode: 0o700 });
  await rm(paths.readyFile, { force: true });
  const logFile = join(paths.logs, 'up.log');
  const log = await open(logFile, 'w', 0o600);
  // Of a flag that is given twice the last one counts.
  const again = [...argv, '--detach=false', '--data-dir', paths.dataDir];
  const child = spawn(command, [...first, 'up', ...again], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env,
  });
  await log.close();
  child.unref();
  let ended: number | undefined;
  child.once('exit', (code) => (ended = code ?? 1));
  const { clock } = processContext('error');
  const failed = () => ended !== undefined || signal.aborted;
  while (!failed() && !(await isReady(paths))) await sleep(clock, pollMs, signal);
  const said = await readFile(logFile, 'utf8');
  if (!failed()) {
    process.stdout.write(said);
    return 0;
  }
  process.stderr.write(said);
  if (signal.aborted) child.kill('SIGTERM');
  return ended || 1;
}

const isReady = ({ readyFile }: ClusterPaths) =>
  readFile(readyFile, 'utf8').then(
    () => true,
    () => false,
  );
