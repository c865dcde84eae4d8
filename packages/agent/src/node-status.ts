import { asMilli, asWhole, formatQuantity, milliQuantity, parseQuantity } from '@berth/api';
import type { ContainerImage, Draft, Node, NodeCondition, NodeStatus } from '@berth/api';
import { formatTime } from '@berth/component-base';
import type { Image, RuntimeVersion } from '@berth/cri';

import type { Machine } from './machine.ts';

type Amounts = Readonly<Record<string, string>>;

export interface NodeIdentity {
  readonly nodeName: string;
  readonly nodeIps: readonly string[];
  readonly labels: Amounts;
  readonly taints: NonNullable<Node['spec']['taints']>;
  readonly maxPods: number;
  /** Kept back from pods, by resource. */
  readonly reserved: Amounts;
  /** What the agent says it is: `v1.36.0+berth.1`. */
  readonly version: string;
  readonly machine: Machine;
}

/** The node's Ready condition is true when nothing is wrong. */
interface NodeHealth {
  readonly problems: readonly string[];
}

const kibi = (bytes: number) => `${Math.floor(bytes / 1024)}Ki`;

/** Pods are evicted before the last of these is used, so pods cannot count on it. */
const evictionMemory = 100 * 1024 * 1024;
const evictionStorageShare = 0.1;

export function nodeCapacity({ machine, maxPods }: NodeIdentity): Amounts {
  return {
    cpu: String(machine.cpus),
    memory: kibi(machine.memoryBytes),
    'ephemeral-storage': kibi(machine.storageBytes),
    pods: String(maxPods),
  };
}

/** What is left for pods. */
export function nodeAllocatable(identity: NodeIdentity): Amounts {
  const { machine, reserved, maxPods } = identity;
  const whole = (name: string) => asWhole(parseQuantity(reserved[name] ?? '0'));
  const cpu = machine.cpus * 1000 - asMilli(parseQuantity(reserved['cpu'] ?? '0'));
  const memory = machine.memoryBytes - evictionMemory - whole('memory');
  const storage = machine.storageBytes * (1 - evictionStorageShare) - whole('ephemeral-storage');
  return {
    cpu: formatQuantity(milliQuantity(Math.max(0, cpu))),
    memory: kibi(Math.max(0, memory)),
    'ephemeral-storage': String(Math.max(0, Math.floor(storage))),
    pods: String(maxPods),
  };
}

/** The Node object as an agent registers it. */
export function nodeDraft(identity: NodeIdentity, status: NodeStatus): Draft<Node> {
  const { nodeName, machine, labels, taints } = identity;
  const { operatingSystem, architecture } = machine;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels: {
        ...labels,
        'kubernetes.io/hostname': nodeName,
        'kubernetes.io/os': operatingSystem,
        'kubernetes.io/arch': architecture,
        'beta.kubernetes.io/os': operatingSystem,
        'beta.kubernetes.io/arch': architecture,
      },
    },
    spec: taints.length > 0 ? { taints } : {},
    status,
  };
}

export interface NodeStatusInput {
  readonly identity: NodeIdentity;
  readonly runtime: RuntimeVersion;
  readonly images: readonly Image[];
  readonly health: NodeHealth;
  /** As last reported, or as the API has it. */
  readonly previous: NodeStatus | undefined;
  readonly now: number;
}

export function nodeStatus(input: NodeStatusInput): NodeStatus {
  const { identity, runtime, images } = input;
  const { nodeIps, nodeName, machine, version } = identity;
  return {
    capacity: nodeCapacity(identity),
    allocatable: nodeAllocatable(identity),
    addresses: [
      ...nodeIps.map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: nodeName },
    ],
    conditions: nodeConditions(input),
    nodeInfo: {
      architecture: machine.architecture,
      bootID: machine.bootId,
      containerRuntimeVersion: `${runtime.runtimeName}://${runtime.runtimeVersion}`,
      kernelVersion: machine.kernelVersion,
      kubeProxyVersion: '',
      kubeletVersion: version,
      machineID: machine.machineId,
      operatingSystem: machine.operatingSystem,
      osImage: machine.osImage,
      systemUUID: machine.systemUuid,
    },
    images: shownImages(images),
    // No port: the control plane reaches an agent over the connection that the agent opened.
    daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
  };
}

const maxImages = 50;
const maxNames = 5;

/** The largest images: the scheduler prefers nodes that have what a pod needs. */
const shownImages = (images: readonly Image[]): readonly ContainerImage[] =>
  [...images]
    .sort((a, b) => b.size - a.size)
    .slice(0, maxImages)
    .map(({ repoDigests, repoTags, size }) => ({
      names: [...repoDigests, ...repoTags].slice(0, maxNames),
      sizeBytes: size,
    }));

type Verdict = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>;

const quiet = (type: string, reason: string, message: string): Verdict => ({
  type,
  status: 'False',
  reason,
  message,
});

function nodeConditions({ health, previous, now }: NodeStatusInput): readonly NodeCondition[] {
  const { problems } = health;
  const ready: Verdict =
    problems.length === 0
      ? {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'kubelet is posting ready status',
        }
      : {
          type: 'Ready',
          status: 'False',
          reason: 'KubeletNotReady',
          message: problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`,
        };
  const verdicts = [
    quiet(
      'MemoryPressure',
      'KubeletHasSufficientMemory',
      'kubelet has sufficient memory available',
    ),
    quiet('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    quiet('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    ready,
  ];
  const own = new Set(verdicts.map(({ type }) => type));
  const foreign = (previous?.conditions ?? []).filter(({ type }) => !own.has(type));
  const dated = verdicts.map((verdict): NodeCondition => {
    const old = previous?.conditions?.find(({ type }) => type === verdict.type);
    const since = old?.status === verdict.status ? old.lastTransitionTime : undefined;
    const time = formatTime(now);
    return { ...verdict, lastHeartbeatTime: time, lastTransitionTime: since ?? time };
  });
  return [...foreign, ...dated];
}

/** Whether two statuses say the same but for the time of the heartbeat. */
export function saysTheSame(a: NodeStatus, b: NodeStatus): boolean {
  const timeless = ({ conditions = [], ...rest }: NodeStatus) =>
    JSON.stringify({
      ...rest,
      conditions: conditions.map((c) => ({ ...c, lastHeartbeatTime: '' })),
    });
  return timeless(a) === timeless(b);
}
