import {
  formatMicroTime,
  isAlreadyExists,
  isConflict,
  isNotFound,
  leases,
  nodes,
  pathOf,
} from '@berth/api';
import type { Draft, Lease, Node, NodeStatus } from '@berth/api';
import type { ApiCalls } from './api-calls.ts';
import { mergeNodeStatus } from './merge-status.ts';
import { writeStatus } from './write-status.ts';

const leaseNamespace = 'kube-node-lease';

export interface Health {
  readonly nodeName: string;
  /** Undefined when nothing changed. */
  readonly status: NodeStatus | undefined;
  readonly leaseDurationSeconds: number;
}

/** Renews the node's Lease and writes its status; resolves to false when there is no Node. */
export async function reportHealth(calls: ApiCalls, health: Health, now: number): Promise<boolean> {
  const path = pathOf(nodes, { name: health.nodeName });
  const node = await unlessMissing(calls.call<Node>('GET', path));
  if (!node) return false;
  await renew(calls, node, health, now);
  const { status } = health;
  if (!status) return true;
  const read = () => unlessMissing(calls.call<Node>('GET', path));
  return Boolean(await writeStatus(calls, path, read, (old) => mergeNodeStatus(old, status)));
}

async function renew(calls: ApiCalls, node: Node, health: Health, now: number): Promise<void> {
  const { nodeName } = health;
  const path = pathOf(leases, { namespace: leaseNamespace, name: nodeName });
  const old = await unlessMissing(calls.call<Lease>('GET', path));
  const lease = leaseOf(node, health, now, old);
  try {
    if (old) await calls.call('PUT', path, lease);
    else await calls.call('POST', pathOf(leases, { namespace: leaseNamespace }), lease);
  } catch (err) {
    // A report that was sent twice: the other one renewed it.
    if (!isConflict(err) && !isAlreadyExists(err)) throw err;
  }
}

/** Owned by the Node, so that it goes with it. */
function leaseOf(node: Node, health: Health, now: number, old: Lease | undefined): Draft<Lease> {
  const { nodeName, leaseDurationSeconds } = health;
  const { name, uid } = node.metadata;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      ...old?.metadata,
      name: nodeName,
      namespace: leaseNamespace,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
    },
    spec: {
      ...old?.spec,
      holderIdentity: nodeName,
      leaseDurationSeconds,
      renewTime: formatMicroTime(now),
    },
  };
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (err) {
    if (isNotFound(err)) return undefined;
    throw err;
  }
}
