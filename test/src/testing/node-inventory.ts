import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connectCri } from '@berth/cri';
import { succeed } from './command.ts';
import { clusterId, inNetns, netnsOf } from './machine.ts';

/** What one node really has, by its runtime, its kernel, and its list of addresses. */
export interface NodeInventory {
  /** Ids of containers that run. */
  readonly containers: readonly string[];
  /** Ids of sandboxes, ready or not. */
  readonly sandboxes: readonly string[];
  /** Ids of sandboxes that a process looks after. */
  readonly shims: readonly string[];
  /** Network namespaces of pods. */
  readonly namespaces: readonly string[];
  /** Cables of pods that end on the node's bridge. */
  readonly cables: readonly string[];
  /** Addresses that are given out. */
  readonly addresses: readonly string[];
  /** Addresses that the node's packet filter sends to. */
  readonly targets: readonly string[];
}

export async function inventoryOf(dataDir: string, node: string): Promise<NodeInventory> {
  const runDir = join('/run/berth', clusterId(dataDir), node);
  const socket = join(runDir, 'containerd.sock');
  const netns = netnsOf(dataDir, node);
  const [runtime, links, rules, processes, addresses, namespaces] = await Promise.all([
    askRuntime(socket),
    inNetns(netns, 'ip', '-o', 'link', 'show', 'type', 'veth'),
    inNetns(netns, 'nft', 'list', 'ruleset'),
    succeed('ps', ['-eo', 'args']),
    readdir(join(dataDir, 'nodes', node, 'agent/ipam'), { recursive: true }),
    readdir(join(runDir, 'containerd/io.containerd.grpc.v1.cri/netns')),
  ]);
  return {
    ...runtime,
    shims: processes
      .split('\n')
      .filter((line) => line.includes('containerd-shim') && line.includes(` ${socket}`))
      .map((line) => / -id (\S+)/.exec(line)?.[1] ?? line),
    namespaces,
    cables: [...links.matchAll(/^\d+: (\w+)@/gm)]
      .map((match) => match[1]!)
      .filter((name) => name !== 'eth0'),
    addresses: addresses
      .map((file) => file.split('/').at(-1)!)
      .filter((name) => /^\d+\.\d+\.\d+\.\d+$/.test(name)),
    targets: [...rules.matchAll(/(?:: |dnat to )(\d+\.\d+\.\d+\.\d+)[ :]/g)].map(
      (match) => match[1]!,
    ),
  };
}

async function askRuntime(socket: string) {
  const cri = await connectCri({ endpoint: `unix://${socket}` });
  try {
    const [containers, sandboxes] = await Promise.all([
      cri.runtime.listContainers(),
      cri.runtime.listPodSandbox(),
    ]);
    return {
      containers: containers
        .filter(({ state }) => state === 'CONTAINER_RUNNING')
        .map(({ id }) => id),
      sandboxes: sandboxes.map(({ id }) => id),
    };
  } finally {
    cri.close();
  }
}
