import { join } from 'node:path';
import type { Node } from '@berth/api';
import { cacheImageArchive, detectSnapshotter, pauseImage, sampleImage } from '@berth/cri';
import type { ImageArchive } from '@berth/cri';
import { nodePaths } from '../data-dir.ts';
import type { ClusterPaths } from '../data-dir.ts';
import { podRouteCommands, serviceRouteCommand } from '../host/network-plan.ts';
import type { HostNetwork } from '../host/network-plan.ts';
import { ensureHostNetwork, runAll } from '../host/network.ts';
import type { ClusterParts, Nodes, NodeTools } from './cluster.ts';
import { hasSysResource } from './preflight.ts';
import { agentProgram } from './programs.ts';
import { keepContainerd, loadImages } from './real-node.ts';
import type { Supervised } from './supervisor.ts';

/** Nodes that run containers: for each a network namespace, a containerd with the project's images, and an agent. */
export function realNodes(
  { paths, options, context, progress }: ClusterParts,
  network: HostNetwork,
  { run, running, onStart, signal, tokenFile, programContext }: NodeTools,
): Nodes {
  const { clock, logger } = context;
  const agents = new Map<string, Supervised>();

  const startContainerds = async (): Promise<void> => {
    const archives = buildImages(paths);
    const shared = {
      paths,
      snapshotter: await detectSnapshotter(join(paths.nodes, 'snapshotter')),
      restrictOomScoreAdj: !(await hasSysResource()),
      clock,
      logger,
      onStart,
    };
    await Promise.all(
      network.nodes.map(async ({ name, netns }) => {
        const real = {
          ...shared,
          node: nodePaths(paths, name),
          netns,
          // What a fall in the middle of a creation left behind is cleared away by an agent that starts.
          onRestart: () => agents.get(name)?.restart(),
        };
        const { done } = await keepContainerd(real, signal);
        running(done);
        await loadImages(real, await archives);
      }),
    );
  };

  return {
    async prepare() {
      await ensureHostNetwork(network);
      await progress.step('started containerd and loaded the images', startContainerds);
    },
    async start() {
      for (const link of network.nodes) {
        const program = agentProgram(programContext, nodePaths(paths, link.name), link, tokenFile);
        agents.set(link.name, run(program));
      }
    },
    /** The machine itself reaches pods and Services too: for port-forwarding, and for whoever tries things out. */
    async ready(nodes) {
      await runAll(podRouteCommands(network, podRanges(nodes)));
      await runAll(serviceRouteCommand(network, options.serviceCidr));
    },
  };
}

const podRanges = (nodes: readonly Node[]): ReadonlyMap<string, string> =>
  new Map(
    nodes.flatMap(({ metadata, spec }) =>
      spec.podCIDR ? [[metadata.name, spec.podCIDR] as const] : [],
    ),
  );

function buildImages({ images }: ClusterPaths): Promise<readonly ImageArchive[]> {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  return Promise.all([
    cacheImageArchive(pauseImage(architecture), images),
    sampleImage().then((image) => cacheImageArchive(image, images)),
  ]);
}
