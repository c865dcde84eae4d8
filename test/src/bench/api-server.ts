import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpsTransport, loadKubeconfig } from '@berth/client';
import type { HttpsTransport } from '@berth/client';
import { startEtcd } from '@berth/storage/testing';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { freePorts } from '../testing/ports.ts';
import { spawnBerth } from './berth-process.ts';
import type { BerthProcess } from './berth-process.ts';

/** An API server in a process of its own, with nothing beside it. */
export interface LoneApiServer extends HttpsTransport {
  /** The file that lets an administrator in. */
  readonly kubeconfig: string;
  /** What the process has taken so far, from the kernel: all of its threads, user and system. */
  cpuSeconds(): Promise<number>;
  /** Whether the process still runs. */
  isUp(): boolean;
  /** Ends it at once, as a crash would, and starts it again on its data and port. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface LoneApiServerOptions {
  readonly store: 'embedded' | 'memory' | 'etcd';
  /** With `etcd`. */
  readonly etcdServers?: readonly string[];
  /** Flags of Node itself, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
}

/** Starts the program as it is shipped, and resolves when it is ready. */
export async function startApiServer(options: LoneApiServerOptions): Promise<LoneApiServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'berth-bench-'));
  const [port = 0] = await freePorts(1);
  const start = () => spawnServer(options, dataDir, port);
  let server = start();
  const { transport, close } = await connect(dataDir);
  const isReady = async () => {
    const { status, body } = await transport({ method: 'GET', path: '/readyz', headers: {} });
    for await (const _chunk of body);
    return status === 200;
  };
  await eventually(isReady);
  return {
    transport,
    close,
    kubeconfig: join(dataDir, 'admin.kubeconfig'),
    cpuSeconds: () => server.cpuSeconds(),
    isUp: () => server.isUp(),
    async restart() {
      await server.kill();
      server = start();
      await eventuallyHolds(async () => assert.ok(await isReady()), { withinMs: 30_000 });
    },
    async stop() {
      close();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The same on a store of its own: an etcd is started beside the server, and ends with it. */
export async function startApiServerAndStore(
  options: Omit<LoneApiServerOptions, 'etcdServers'>,
): Promise<LoneApiServer> {
  const etcd = options.store === 'etcd' ? await startEtcd() : undefined;
  const server = await startApiServer({ ...options, ...(etcd && { etcdServers: [etcd.url] }) });
  return {
    ...server,
    async stop() {
      await server.stop();
      await etcd?.stop();
    },
  };
}

const spawnServer = (
  { nodeFlags, store, etcdServers = [] }: LoneApiServerOptions,
  dataDir: string,
  port: number,
): BerthProcess =>
  spawnBerth(
    [
      'apiserver',
      ...['--data-dir', dataDir],
      ...['--store', store],
      ...(etcdServers.length > 0 ? ['--etcd-servers', etcdServers.join(',')] : []),
      ...['--bind-address', '127.0.0.1'],
      ...['--secure-port', String(port)],
      ...['--node-port', '0'],
      ...['--log-level', 'error'],
    ],
    nodeFlags,
  );

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
