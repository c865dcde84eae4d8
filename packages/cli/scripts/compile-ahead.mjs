// Runs a small cluster of its own for a moment, so that the code which every start needs is compiled once for all.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const limitMs = 60_000;
const pollMs = 50;
/** The control loops have all been through their first round by then. */
const settleMs = 500;

/** A start without the compiled code is slower and nothing else: what stands in the way is said, not thrown. */
export async function compileAhead(program) {
  const dataDir = await mkdtemp(join(tmpdir(), 'berth-compile-'));
  try {
    await runCluster(program, dataDir);
  } catch (err) {
    console.warn(`The program will start slower than it could: ${err.message}`);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function runCluster(program, dataDir) {
  const env = { ...process.env, BERTH_WRITE_CODE_CACHE: '1' };
  const [securePort, nodePort] = await freePorts(2);
  const cluster = spawn(
    process.execPath,
    [
      ...[program, 'up', '--runtime', 'simulated', '--nodes', '1', '--data-dir', dataDir],
      ...['--secure-port', String(securePort), '--node-port', String(nodePort)],
    ],
    { env, stdio: 'ignore' },
  );
  const ended = once(cluster, 'exit');
  try {
    const deadline = Date.now() + limitMs;
    while (!existsSync(join(dataDir, 'ready.json'))) {
      if (cluster.exitCode !== null || Date.now() > deadline) throw new Error('no cluster came up');
      await setTimeout(pollMs);
    }
    const kubeconfig = join(dataDir, 'admin.kubeconfig');
    await promisify(execFile)(
      process.execPath,
      [program, 'get', 'nodes', '--kubeconfig', kubeconfig],
      { env },
    );
    await setTimeout(settleMs);
  } finally {
    cluster.kill('SIGTERM');
    await ended;
  }
}

/** Free a moment ago. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
