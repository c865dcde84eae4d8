import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@berth/component-base';
import { connectCri } from '../connect.ts';
import { cleanUpContainerd } from '../containerd/clean-up.ts';
import { run } from '../containerd/run.ts';
import { detectSnapshotter } from '../containerd/snapshotter.ts';
import { startContainerd } from '../containerd/start.ts';
import type { ContainerdProcess, ContainerdStart } from '../containerd/start.ts';
import type { Cri } from '../cri.ts';
import { cacheImageArchive } from '../images/archive.ts';
import type { ImageSource } from '../images/archive.ts';
import { ensureImage } from '../images/import.ts';
import { pauseImage, pauseImageRef } from '../images/pause/image.ts';

/** Why real containers cannot be run here; undefined when they can. */
export function whyNoContainerd(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  for (const binary of ['containerd', 'runc', 'ctr', 'ip', 'nsenter']) {
    if (spawnSync('which', [binary]).status !== 0) return `${binary} is not installed`;
  }
  return undefined;
}

/** A containerd in a network namespace and a temporary directory of its own. */
export interface TestContainerd {
  readonly cri: Cri;
  readonly endpoint: string;
  readonly options: ContainerdStart;
  /** Empty, for logs and mounts. */
  readonly dir: string;
  /** Where its pods' addresses are written down. */
  readonly ipamDir: string;
  readonly cgroupParent: string;
  /** Kills containerd, starts it again, and waits until `cri` answers. */
  readonly crash: () => Promise<void>;
  /** Ends it and everything it started, and removes every trace. */
  readonly close: () => Promise<void>;
}

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

export async function startTestContainerd(
  sources: readonly ImageSource[],
): Promise<TestContainerd> {
  const base = await mkdtemp(join(tmpdir(), 'berth-cri-'));
  const name = base.slice(base.lastIndexOf('/') + 1);
  const netns = `/var/run/netns/${name}`;
  const link = nextLink();
  const options = await layOut(base, netns, link.node);
  let running: ContainerdProcess | undefined;
  let cri: Cri | undefined;

  const close = async () => {
    cri?.close();
    await running?.stop();
    await cleanUpContainerd({ ...options, clock: systemClock });
    await run('ip', ['netns', 'delete', name]);
    await rm(base, { recursive: true, force: true });
    await removeCgroups(name);
  };
  await run('ip', ['netns', 'add', name]);
  try {
    await run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    await run('ip', ['link', 'add', link.outside, 'type', 'veth', 'peer', 'eth0', 'netns', name]);
    await run('ip', ['address', 'add', `${link.host}/30`, 'dev', link.outside]);
    await run('ip', ['link', 'set', link.outside, 'up']);
    await run('ip', ['-n', name, 'address', 'add', `${link.node}/30`, 'dev', 'eth0']);
    await run('ip', ['-n', name, 'link', 'set', 'eth0', 'up']);
    running = await startContainerd(options);
    const opened = await connectCri({ endpoint: running.endpoint });
    cri = opened;
    for (const source of [pauseImage(architecture), ...sources]) {
      const archive = await cacheImageArchive(source, join(tmpdir(), 'berth-images'));
      await ensureImage(opened.images, archive, { ...options, clock: systemClock });
    }
    return {
      cri: opened,
      endpoint: running.endpoint,
      options,
      dir: join(base, 'work'),
      ipamDir: join(base, 'ipam'),
      cgroupParent: `/${name}`,
      async crash() {
        process.kill(running!.pid, 'SIGKILL');
        await running!.exited;
        running = await startContainerd(options);
      },
      close,
    };
  } catch (err) {
    await close();
    throw err;
  }
}

/**
 * A cable from here to the node, so that its streaming server can be reached. Gone with its network namespace. Other
 * processes may test at the same time.
 */
function nextLink() {
  const number = process.pid * 8 + (opened++ % 8);
  const offset = 4 * (number % 16_000);
  const address = (last: number) =>
    `169.254.${Math.floor((offset + last) / 256)}.${(offset + last) % 256}`;
  return { outside: `bct${number}`, host: address(1), node: address(2) };
}

let opened = 0;

async function layOut(
  base: string,
  netns: string,
  streamAddress: string,
): Promise<ContainerdStart> {
  const cniConfDir = join(base, 'cni');
  for (const dir of [cniConfDir, join(base, 'work')]) await mkdir(dir);
  const bridge = {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    ipMasq: false,
    ipam: {
      type: 'host-local',
      dataDir: join(base, 'ipam'),
      ranges: [[{ subnet: '10.88.0.0/24' }]],
    },
  };
  const network = { cniVersion: '0.4.0', name: 'test', plugins: [bridge] };
  await writeFile(join(cniConfDir, '10-test.conflist'), JSON.stringify(network));
  const root = join(base, 'root');
  return {
    root,
    state: join(base, 'state'),
    socket: join(base, 'containerd.sock'),
    cniConfDir,
    cniBinDir: '/usr/lib/cni',
    sandboxImage: pauseImageRef,
    snapshotter: await detectSnapshotter(root),
    // A runtime under test is never more important than the machine it is tested on.
    restrictOomScoreAdj: true,
    streamAddress,
    netns,
    logFile: join(base, 'containerd.log'),
    clock: systemClock,
    logger: silentLogger,
  };
}

async function removeCgroups(name: string): Promise<void> {
  for (const controller of await readdir('/sys/fs/cgroup')) {
    await removeTree(join('/sys/fs/cgroup', controller, name));
  }
}

/** The files of a cgroup cannot be removed and go with it. */
async function removeTree(dir: string): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(dir, entry.name));
  await rmdir(dir).catch(() => undefined);
}
