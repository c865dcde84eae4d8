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
    node,
    pods,
    allocatable: (resource) => columns.of(resource).allocatable[index]!,
    requested: (resource) => columns.of(resource).requested[index]!,
    scoringRequested: (resource) => columns.of(resource).scoringRequested[index]!,
    usesPort: (port) => pods.some(({ shape }) => shape.hostPorts.some((used) => clash(used, port))),
  };
}
