import { join } from 'node:path';
import { backoff, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import { connectCri, ensureImage, pauseImageRef, startContainerd } from '@berth/cri';
import type { ContainerdStart, ImageArchive, Snapshotter } from '@berth/cri';
import type { ClusterPaths, NodePaths } from '../data-dir.ts';
import { cniBinDir } from './preflight.ts';

export interface RealNodeOptions {
  readonly paths: ClusterPaths;
  readonly node: NodePaths;
  /** The network namespace to run in; the machine's own when absent. */
  readonly netns?: string;
  readonly snapshotter: Snapshotter;
  readonly restrictOomScoreAdj: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onStart: (name: string, pid: number) => void;
  /** Called when containerd runs again after a fall. */
  readonly onRestart: () => void;
}

const restartPause = { initialMs: 100, maxMs: 5_000 };
const steadyAfterMs = 10_000;

export const containerdPlace = ({ paths, node }: Pick<RealNodeOptions, 'paths' | 'node'>) => ({
  root: node.containerdRoot,
  state: node.containerdState,
  socket: node.socket,
  logFile: join(paths.logs, `containerd-${node.name}.log`),
});

/** A containerd for one node. Resolves when it runs; it is started again whenever it falls, until `signal` aborts. */
export async function keepContainerd(
  options: RealNodeOptions,
  signal: AbortSignal,
): Promise<{ readonly done: Promise<void> }> {
  const { node, netns, clock, logger, onStart } = options;
  const start: ContainerdStart = {
    ...containerdPlace(options),
    cniConfDir: node.cniConf,
    cniBinDir,
    sandboxImage: pauseImageRef,
    snapshotter: options.snapshotter,
    restrictOomScoreAdj: options.restrictOomScoreAdj,
    ...(netns && { netns: `/run/netns/${netns}` }),
    clock,
    logger,
  };
  const launch = async () => {
    const containerd = await startContainerd(start);
    onStart(`containerd-${node.name}`, containerd.pid);
    return containerd;
  };
  const first = await launch();

  const keep = async () => {
    let containerd = first;
    for (let falls = 0; ;) {
      const startedAt = clock.monotonic();
      const ended = await Promise.race([containerd.exited, aborted(signal)]);
      if (!ended) return containerd.stop();
      logger.info('Restarted containerd', { node: node.name, ...ended });
      falls = clock.monotonic() - startedAt > steadyAfterMs ? 0 : falls + 1;
      await sleep(
        clock,
        backoff(falls, restartPause, () => 0),
        signal,
      );
      if (signal.aborted) return;
      containerd = await launch();
      options.onRestart();
    }
  };
  return { done: keep() };
}

const aborted = (signal: AbortSignal) =>
  new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

/** Puts images into a node's runtime; those that are there already cost nothing. */
export async function loadImages(
  { node, snapshotter, clock }: Pick<RealNodeOptions, 'node' | 'snapshotter' | 'clock'>,
  archives: readonly ImageArchive[],
): Promise<void> {
  const cri = await connectCri({ endpoint: `unix://${node.socket}` });
  try {
    for (const archive of archives) {
      await ensureImage(cri.images, archive, { socket: node.socket, snapshotter, clock });
    }
  } finally {
    cri.close();
  }
}
