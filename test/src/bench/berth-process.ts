import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../testing/repository.ts';

/** A command of the program as it is shipped, in a process that does not outlive this one. */
export interface BerthProcess {
  /** What it has taken so far. */
  cpuSeconds(): Promise<number>;
  isUp(): boolean;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Asks it to end, and insists when it does not. */
  stop(): Promise<void>;
}

/** Clock ticks per second, which Linux fixes for user space. */
const ticksPerSecond = 100;
const stopLimitMs = 15_000;

/** `nodeFlags` are Node's own, such as `--cpu-prof`. */
export function spawnBerth(
  args: readonly string[],
  nodeFlags: readonly string[] = [],
): BerthProcess {
  const program = join(repository, 'packages/cli/bin/berth.js');
  const child: ChildProcess = spawn(process.execPath, [...nodeFlags, program, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const killNow = () => void child.kill('SIGKILL');
  process.once('exit', killNow);
  child.once('exit', () => process.off('exit', killNow));
  const isUp = () => child.exitCode === null && child.signalCode === null;
  const ended = async () => {
    if (isUp()) await once(child, 'exit');
  };
  return {
    cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
    isUp,
    async kill() {
      killNow();
      await ended();
    },
    async stop() {
      child.kill('SIGTERM');
      const limit = setTimeout(killNow, stopLimitMs);
      await ended();
      clearTimeout(limit);
    },
  };
}

/** What a process has taken so far, from the kernel: all of its threads, user and system. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
