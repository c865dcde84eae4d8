import type { Node } from '@berth/api';
import type { Columns } from './cluster/columns.ts';
import { clash } from './host-ports.ts';
import type { HostPort } from './host-ports.ts';
import type { PodInfo } from './pod-info.ts';

/** A node with its pods and the sum of what they ask for. Read-only to plugins; the cluster's state alone changes it. */
export interface NodeInfo {
  /** Its place in the columns; another node may get it when this one is gone. */
  readonly index: number;
  readonly name: string;
  /** Made from the name; an integer below 2³². */
  readonly nameHash: number;
  readonly node: Node;
  readonly pods: readonly PodInfo[];
  allocatable(resource: string): number;
  requested(resource: string): number;
  /** As `requested`, with something for every container that asks for nothing. */
  scoringRequested(resource: string): number;
  usesPort(port: HostPort): boolean;
}

export interface MutableNodeInfo extends NodeInfo {
  node: Node;
  readonly pods: PodInfo[];
}

export function createNodeInfo(index: number, node: Node, columns: Columns): MutableNodeInfo {
  const pods: PodInfo[] = [];
  return {
    index,
    name: node.metadata.name,
    nameHash: hashOf(node.metadata.name),
    node,
    pods,
    allocatable: (resource) => columns.of(resource).allocatable(index),
    requested: (resource) => columns.of(resource).requested(index),
    scoringRequested: (resource) => columns.of(resource).scoringRequested(index),
    usesPort: (port) => pods.some(({ shape }) => shape.hostPorts.some((used) => clash(used, port))),
  };
}

/** FNV-1a over the name's UTF-16 units, stirred so that names that differ at the end only are far apart. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}
