import { keyOf, nodes } from '@berth/api';
import type { Node } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { parseCidr, planPodCidr } from './plan.ts';

export interface NodeIpamOptions {
  /** The range that pods of the whole cluster get their addresses from. */
  readonly clusterCidr: string;
  /** Upstream's --node-cidr-mask-size. */
  readonly nodePrefix: number;
}

export const nodeIpamDefaults: NodeIpamOptions = { clusterCidr: '10.244.0.0/16', nodePrefix: 24 };

/** Gives every node its own range of pod addresses. One worker: two nodes must never be looked at at once. */
export function createNodeIpamController(
  context: ControllerContext,
  { clusterCidr, nodePrefix }: NodeIpamOptions = nodeIpamDefaults,
): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder('cidrAllocator');
  const queue = createWorkqueue<string>({ clock, random });
  const cluster = parseCidr(clusterCidr);
  const informer = informers.informer(nodes);
  /** Given out, and not yet seen in the local copy. */
  const given = new Map<string, Node>();
  informer.addHandler({
    added: (node) => queue.add(keyOf(node)),
    updated: (_, node) => {
      if (!node.spec.podCIDR) queue.add(keyOf(node));
    },
    deleted: (node) => void given.delete(keyOf(node)),
  });

  return createController({
    name: 'node-ipam',
    queue,
    workers: 1,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const node = informer.lister.get(key);
      if (!node || node.spec.podCIDR) return undefined;
      if (given.get(key)?.metadata.uid === node.metadata.uid) return undefined;
      const known = [...informer.lister.list(), ...given.values()];
      const podCIDR = planPodCidr(known, cluster, nodePrefix);
      if (!podCIDR) {
        const message = `Node ${key} status is now: CIDRNotAvailable`;
        recorder.event(node, 'Normal', 'CIDRNotAvailable', message);
        throw new Error(`no pod CIDR of ${clusterCidr} is left for node ${key}`);
      }
      const patch = {
        metadata: { uid: node.metadata.uid },
        spec: { podCIDR, podCIDRs: [podCIDR] },
      };
      given.set(key, await client.patch(nodes, node.metadata, 'strategic', patch));
      return undefined;
    },
  });
}
