import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import { connectCri } from '../connect.ts';
import { CriError } from '../cri.ts';
import { planContainerdConfig } from './config.ts';
import type { ContainerdOptions } from './config.ts';
import { endProcess, isRunning } from './process.ts';

export interface ContainerdStart extends ContainerdOptions {
  /** Path of the network namespace to run in; this process's own when absent. */
  readonly netns?: string;
  /** What containerd writes about itself is appended here. */
  readonly logFile: string;
  readonly binary?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running containerd. Its containers outlive it, however it ends. */
export interface ContainerdProcess {
  readonly pid: number;
  /** For `connectCri`. */
  readonly endpoint: string;
  /** Resolves when the process is gone, whoever ended it. */
  readonly exited: Promise<Exit>;
  /** Ends the process, not the containers. */
  stop(): Promise<void>;
}

/** Its database is opened and its plugins loaded in well under a second; a machine under load gets much more. */
const startLimitMs = 30_000;
const pollMs = 25;
const stopLimitMs = 10_000;

/**
 * Starts containerd and resolves when it is ready to run pods. One that an earlier process left behind on the same
 * state directory is ended first, which its containers do not notice. Rejects with the last lines of its log when it
 * ends or does not become ready.
 */
export async function startContainerd(options: ContainerdStart): Promise<ContainerdProcess> {
  const { state, socket, clock, logger, logFile } = options;
  await stopContainerd(options, clock);
  for (const dir of [options.root, state, dirname(socket), dirname(logFile)]) {
    await mkdir(dir, { recursive: true, mode: 0o711 });
  }
  const configFile = configFileOf(options);
  await writeFile(configFile, planContainerdConfig(options));

  const child = await launch(options, configFile);
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error('containerd was not started');
  await writeFile(pidFileOf(options), `${pid}\n`);

  const stop = async () => endProcess(pid, exited, { clock, limitMs: stopLimitMs });
  const endpoint = `unix://${socket}`;
  try {
    await becomeReady(endpoint, exited, clock);
  } catch (err) {
    await stop();
    throw new Error(`containerd did not start: ${await tail(logFile)}`, { cause: err });
  }
  logger.info('Started containerd', { pid, socket, netns: options.netns });
  return { pid, endpoint, exited, stop };
}

/** Ends the containerd that runs on this state directory, if one does. Its containers go on. */
export async function stopContainerd(
  options: Pick<ContainerdOptions, 'state'>,
  clock: Clock,
): Promise<void> {
  const pid = Number(await readFile(pidFileOf(options), 'utf8').catch(() => ''));
  if (!pid || !(await isOurs(pid, options))) return;
  const gone = untilGone(pid, clock);
  await endProcess(pid, gone, { clock, limitMs: stopLimitMs });
}

/**
 * In a session of its own, so that a Ctrl-C meant for us does not reach it. Only the network namespace is entered: a
 * new mount namespace would come with a `/sys` that hides the cgroups.
 */
async function launch(options: ContainerdStart, configFile: string): Promise<ChildProcess> {
  const { binary = 'containerd', netns, logFile } = options;
  const command = [binary, '--config', configFile];
  const [file, ...args] = netns ? ['nsenter', `--net=${netns}`, '--', ...command] : command;
  const log = await open(logFile, 'a', 0o640);
  try {
    const child = spawn(file!, args, {
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
      cwd: '/',
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return child;
  } finally {
    await log.close();
  }
}

async function becomeReady(endpoint: string, exited: Promise<Exit>, clock: Clock): Promise<void> {
  let gone: Exit | undefined;
  void exited.then((exit) => (gone = exit));
  const until = clock.monotonic() + startLimitMs;
  for (;;) {
    const problem = await whyNotReady(endpoint);
    if (!problem) return;
    if (gone) throw new Error(`ended with ${gone.signal ?? gone.code}`);
    if (clock.monotonic() > until) throw new Error(`not ready: ${problem}`);
    await sleep(clock, pollMs);
  }
}

async function whyNotReady(endpoint: string): Promise<string | undefined> {
  try {
    const cri = await connectCri({ endpoint });
    try {
      const { conditions } = await cri.runtime.status();
      const runtime = conditions.find(({ type }) => type === 'RuntimeReady');
      return runtime?.status ? undefined : (runtime?.message ?? 'no RuntimeReady condition');
    } finally {
      cri.close();
    }
  } catch (err) {
    if (err instanceof CriError) return err.message;
    throw err;
  }
}

const configFileOf = ({ state }: Pick<ContainerdOptions, 'state'>) => join(state, 'config.toml');
const pidFileOf = ({ state }: Pick<ContainerdOptions, 'state'>) => join(state, 'containerd.pid');

/** Process numbers are used again: only one that was started on our configuration is ours. */
async function isOurs(pid: number, options: Pick<ContainerdOptions, 'state'>): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.split('\0').includes(configFileOf(options));
}

async function untilGone(pid: number, clock: Clock): Promise<void> {
  while (isRunning(pid)) await sleep(clock, pollMs);
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-5).join('\n');
}
