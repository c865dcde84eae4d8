import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTempDirs } from './temp-dir.ts';

export interface EtcdServer {
  readonly url: string;
  readonly port: number;
  /** Of its process, which `start` makes anew. */
  pid(): number;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Why no etcd can be started here, if so. */
export const etcdUnavailable = (): string | undefined =>
  spawnSync('etcd', ['--version']).status === 0 ? undefined : 'etcd is not on the PATH';

/** PEM: who etcd is, and who may sign for its clients. */
export interface EtcdServerTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * An etcd of its own on a free loopback port, with its data in a temporary directory. With `tls` it wants certificates
 * of its clients. It does not outlive this process.
 */
export async function startEtcd(tls?: EtcdServerTls): Promise<EtcdServer> {
  const dirs = createTempDirs(roomInMemory() ?? tmpdir());
  const dataDir = dirs.make();
  const [port, peerPort] = [await freePort(), await freePort()];
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const healthUrl = tls ? `http://127.0.0.1:${await freePort()}` : url;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const flags = [
    ['data-dir', dataDir],
    ['listen-client-urls', url],
    ['advertise-client-urls', url],
    ['listen-peer-urls', peerUrl],
    ['initial-advertise-peer-urls', peerUrl],
    ['initial-cluster', `default=${peerUrl}`],
    ['log-level', 'error'],
    ...(tls ? [['listen-metrics-urls', healthUrl], ...tlsFlags(dirs.make(), tls)] : []),
  ].map(([name, value]) => `--${name}=${value}`);
  let child: ChildProcess | undefined;

  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  const start = async () => {
    child = spawn('etcd', flags, { stdio: 'ignore' });
    const deadline = Date.now() + 20_000;
    while (!(await isHealthy(healthUrl))) {
      if (Date.now() > deadline || child.exitCode !== null) throw new Error('etcd did not start');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  const leaveNothing = () => {
    child?.kill('SIGKILL');
    dirs.removeAll();
  };

  process.once('exit', leaveNothing);
  await start();
  return {
    url,
    port,
    pid: () => child?.pid ?? 0,
    kill,
    start,
    async stop() {
      await kill();
      dirs.removeAll();
      process.off('exit', leaveNothing);
    },
  };
}

function tlsFlags(dir: string, { ca, cert, key }: EtcdServerTls) {
  const files = { 'trusted-ca-file': ca, 'cert-file': cert, 'key-file': key };
  const named = Object.entries(files).map(([name, pem]) => {
    const path = join(dir, name);
    writeFileSync(path, pem);
    return [name, path];
  });
  return [...named, ['client-cert-auth', 'true']];
}

/** Where files are kept in memory, if there is room: no test cuts the power, so that waiting for a disk is in vain. */
function roomInMemory(): string | undefined {
  const path = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize > 2 ** 30 ? path : undefined;
  } catch {
    return undefined;
  }
}

const isHealthy = (url: string) =>
  fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
