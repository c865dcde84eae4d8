import type { Node } from '@berth/api';
import type { HostPort, PodInfo } from './pod-info.ts';
import { amountsOf } from './resources.ts';
import type { Amounts } from './resources.ts';

/** A node with the sum of what its pods ask for. Read-only to plugins; the cache alone changes it. */
export interface NodeInfo {
  readonly node: Node;
  readonly name: string;
  readonly allocatable: Amounts;
  readonly allowedPods: number;
  readonly podCount: number;
  requested(resource: string): number;
  scoringRequested(resource: string): number;
  usesPort(port: HostPort): boolean;
}

export interface MutableNodeInfo extends NodeInfo {
  setNode(node: Node): void;
  addPod(pod: PodInfo): void;
  removePod(key: string): void;
  pods(): Iterable<PodInfo>;
}

export function createNodeInfo(initial: Node): MutableNodeInfo {
  let node = initial;
  let allocatable = allocatableOf(node);
  const pods = new Map<string, PodInfo>();
  const requested = new Map<string, number>();
  const scoringRequested = new Map<string, number>();

  const count = (pod: PodInfo, sign: 1 | -1) => {
    accumulate(requested, pod.requests, sign);
    accumulate(scoringRequested, pod.scoringRequests, sign);
  };
  const removePod = (key: string) => {
    const pod = pods.get(key);
    if (!pod) return;
    pods.delete(key);
    count(pod, -1);
  };

  return {
    get node() {
      return node;
    },
    get name() {
      return node.metadata.name;
    },
    get allocatable() {
      return allocatable;
    },
    get allowedPods() {
      return allocatable.get('pods') ?? 0;
    },
    get podCount() {
      return pods.size;
    },
    requested: (resource) => requested.get(resource) ?? 0,
    scoringRequested: (resource) => scoringRequested.get(resource) ?? 0,
    usesPort: (port) => [...pods.values()].some((pod) => pod.hostPorts.some((p) => clash(p, port))),
    setNode(next) {
      node = next;
      allocatable = allocatableOf(next);
    },
    addPod(pod) {
      removePod(pod.key);
      pods.set(pod.key, pod);
      count(pod, 1);
    },
    removePod,
    pods: () => pods.values(),
  };
}

const allocatableOf = ({ status }: Node) => amountsOf(status?.allocatable ?? status?.capacity);

function accumulate(sums: Map<string, number>, amounts: Amounts, sign: 1 | -1): void {
  for (const [name, amount] of amounts) sums.set(name, (sums.get(name) ?? 0) + sign * amount);
}

const anyAddress = '0.0.0.0';

const clash = (a: HostPort, b: HostPort) =>
  a.port === b.port &&
  a.protocol === b.protocol &&
  (a.ip === b.ip || a.ip === anyAddress || b.ip === anyAddress);
