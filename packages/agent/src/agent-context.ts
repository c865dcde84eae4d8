import type { RuntimeVersion } from '@berth/cri';
import { join } from 'node:path';

import type { AgentOptions } from './agent.ts';
import { createDiskFiles } from './disk-files.ts';
import type { DnsConfig } from './dns.ts';
import { createHookRunner } from './hooks.ts';
import { createImagePuller } from './images.ts';
import { nodeAllocatable } from './node-status.ts';
import type { NodeIdentity } from './node-status.ts';
import { objectsOf } from './objects.ts';
import type { PodContext } from './pod-context.ts';
import { createPodEvents } from './pod-events.ts';
import type { PodFiles } from './pod-files.ts';
import { createVirtualFiles } from './virtual-files.ts';
import { systemMounter } from './volumes/mounter.ts';
import { createTokens } from './volumes/tokens.ts';
import { createVolumes } from './volumes/volumes.ts';

const noDns: DnsConfig = { servers: [], searches: [], options: [] };

/** The edges of one agent, from what it was started with. */
export function createPodContext(
  options: AgentOptions,
  identity: NodeIdentity,
  { runtimeName }: RuntimeVersion,
): PodContext {
  const { controlPlane, cri, clock, logger, nodeName, nodeIps, machine, paths } = options;
  const { clusterDns = [], clusterDomain = 'cluster.local', hostDns = noDns } = options;
  const { seccompDefault = false } = options;
  const events = createPodEvents(controlPlane.recorder);
  return {
    runtime: cri.runtime,
    images: createImagePuller({ images: cri.images, clock, events }),
    files: createFiles(options, clusterDomain),
    hooks: createHookRunner(cri.runtime, clock),
    events,
    clock,
    logger,
    objects: objectsOf(controlPlane),
    settings: {
      nodeName,
      hostIps: nodeIps,
      runtimeName,
      allocatable: nodeAllocatable(identity),
      memoryBytes: machine.memoryBytes,
      dns: { clusterDns, clusterDomain, host: hostDns },
      cgroupRoot: options.cgroupRoot,
      security: { seccompRoot: join(paths.dataDir, 'seccomp'), seccompDefault },
    },
  };
}

function createFiles(options: AgentOptions, clusterDomain: string): PodFiles {
  const { paths, controlPlane, clock, virtual, virtualLogs = false } = options;
  if (virtual) return createVirtualFiles(paths, virtualLogs);
  const mounter = systemMounter;
  const tokens = createTokens(controlPlane, clock);
  const volumes = createVolumes({ paths, tokens, mounter, clock });
  return createDiskFiles({ paths, volumes, mounter, clusterDomain });
}
