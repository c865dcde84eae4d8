import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpsTransport, loadKubeconfig } from '@berth/client';
import type { HttpsTransport } from '@berth/client';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { freePorts } from '../testing/ports.ts';
import { repository } from '../testing/repository.ts';

/** An API server in a process of its own, with nothing beside it. */
export interface LoneApiServer extends HttpsTransport {
  /** What the process has taken so far, from the kernel: all of its threads, user and system. */
  cpuSeconds(): Promise<number>;
  /** Whether the process still runs. */
  isUp(): boolean;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface LoneApiServerOptions {
  readonly store: 'embedded' | 'memory';
  /** Flags of Node itself, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
}

/** Clock ticks per second, which Linux fixes for user space. */
const ticksPerSecond = 100;
const stopLimitMs = 15_000;

/** Starts the program as it is shipped, and resolves when it is ready. */
export async function startApiServer(options: LoneApiServerOptions): Promise<LoneApiServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'berth-bench-'));
  const [port = 0] = await freePorts(1);
  const server = spawn(
    process.execPath,
    [
      ...(options.nodeFlags ?? []),
      join(repository, 'packages/cli/bin/berth.js'),
      'apiserver',
      ...['--data-dir', dataDir],
      ...['--store', options.store],
      ...['--bind-address', '127.0.0.1'],
      ...['--secure-port', String(port)],
      ...['--node-port', '0'],
      ...['--log-level', 'error'],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = once(server, 'exit');
  const kill = () => void server.kill('SIGKILL');
  process.once('exit', kill);
  const { transport, close } = await connect(dataDir);
  await eventually(async () => {
    const { status, body } = await transport({ method: 'GET', path: '/readyz', headers: {} });
    for await (const _chunk of body);
    return status === 200;
  });
  return {
    transport,
    close,
    cpuSeconds: () => cpuSeconds(server.pid ?? 0),
    isUp: () => server.exitCode === null && server.signalCode === null,
    async stop() {
      close();
      server.kill('SIGTERM');
      const limit = setTimeout(kill, stopLimitMs);
      await ended;
      clearTimeout(limit);
      process.off('exit', kill);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function connect(dataDir: string): Promise<HttpsTransport> {
  const kubeconfig = await eventuallyHolds(() =>
    readFile(join(dataDir, 'admin.kubeconfig'), 'utf8'),
  );
  const { connection } = loadKubeconfig(kubeconfig, {
    readFile: (path) => {
      throw new Error(`the kubeconfig points to ${path}`);
    },
  });
  return createHttpsTransport(connection);
}

async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
