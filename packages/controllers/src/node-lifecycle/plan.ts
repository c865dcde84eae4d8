import { formatTime } from '@berth/component-base';
import type { Lease, Node, NodeCondition, Taint } from '@berth/api';

export const notReadyTaint = 'node.kubernetes.io/not-ready';
export const unreachableTaint = 'node.kubernetes.io/unreachable';

/** What was last seen of a node's signs of life, by this process's own clock. */
export interface Probe {
  /** Renew time of the lease and heartbeat times of the conditions, as one text. */
  readonly mark: string;
  readonly seenAt: number;
}

export interface Observed {
  readonly node: Node;
  readonly lease: Lease | undefined;
  readonly probe: Probe | undefined;
  readonly now: number;
  readonly gracePeriodMs: number;
  readonly startupGraceMs: number;
}

export interface NodePlan {
  readonly probe: Probe;
  /** Conditions to write, when the node has been silent for too long. */
  readonly conditions?: readonly NodeCondition[];
  /** Taints to write; absent when the node's own are right. */
  readonly taints?: readonly Taint[];
  /** The node's Ready condition turned from True with this pass: its pods are no longer ready. */
  readonly lostReady: boolean;
}

/** Silence is measured from when the signs of life last changed, so that clocks of nodes need not agree with ours. */
export function planNode(observed: Observed): NodePlan {
  const { node, now } = observed;
  const probe = nextProbe(observed);
  const isNew = !node.status?.conditions?.some(({ type }) => type === 'Ready');
  const grace = isNew ? observed.startupGraceMs : observed.gracePeriodMs;
  const silent = now - probe.seenAt > grace;
  const conditions = silent ? silentConditions(node, now) : undefined;
  const ready = statusOf(conditions ?? node.status?.conditions ?? [], 'Ready');
  const taints = planTaints(node, conditions ?? node.status?.conditions ?? [], now);
  const wasReady = statusOf(node.status?.conditions ?? [], 'Ready') === 'True';
  return {
    probe,
    ...(conditions && { conditions }),
    ...(taints && { taints }),
    lostReady: wasReady && ready !== 'True',
  };
}

function nextProbe({ node, lease, probe, now }: Observed): Probe {
  const beats = (node.status?.conditions ?? []).map(({ lastHeartbeatTime }) => lastHeartbeatTime);
  const mark = JSON.stringify([lease?.spec.renewTime, beats]);
  return probe?.mark === mark ? probe : { mark, seenAt: now };
}

const watched = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The conditions of a node that stopped reporting, in upstream's words; undefined when they say so already. */
function silentConditions(node: Node, now: number): readonly NodeCondition[] | undefined {
  const known = node.status?.conditions ?? [];
  const others = known.filter(({ type }) => !watched.includes(type));
  const next = watched.map((type): NodeCondition => {
    const before = known.find((condition) => condition.type === type);
    if (before?.status === 'Unknown') return before;
    return {
      type,
      status: 'Unknown',
      reason: before ? 'NodeStatusUnknown' : 'NodeStatusNeverUpdated',
      message: before
        ? 'Kubelet stopped posting node status.'
        : 'Kubelet never posted node status.',
      lastHeartbeatTime: before?.lastHeartbeatTime ?? node.metadata.creationTimestamp,
      lastTransitionTime: formatTime(now),
    };
  });
  const changed = next.some((condition) => !known.includes(condition));
  return changed ? [...next, ...others] : undefined;
}

const statusOf = (conditions: readonly NodeCondition[], type: string) =>
  conditions.find((condition) => condition.type === type)?.status;

/** Conditions that keep new pods away while they hold. */
const pressureTaints: readonly (readonly [condition: string, status: string, taint: string])[] = [
  ['Ready', 'False', notReadyTaint],
  ['Ready', 'Unknown', unreachableTaint],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
];
const unschedulableTaint = 'node.kubernetes.io/unschedulable';
const ours = new Set([...pressureTaints.map(([, , key]) => key), unschedulableTaint]);

/** NoSchedule for every condition, and NoExecute too when the node is not ready; undefined when nothing changes. */
function planTaints(
  { spec }: Node,
  conditions: readonly NodeCondition[],
  now: number,
): readonly Taint[] | undefined {
  const present = spec.taints ?? [];
  const holding = pressureTaints
    .filter(([type, status]) => statusOf(conditions, type) === status)
    .map(([, , key]) => key);
  const wanted: Taint[] = [
    ...holding.map((key) => ({ key, effect: 'NoSchedule' })),
    ...(spec.unschedulable ? [{ key: unschedulableTaint, effect: 'NoSchedule' }] : []),
    ...holding
      .filter((key) => key === notReadyTaint || key === unreachableTaint)
      .map((key) => ({ key, effect: 'NoExecute', timeAdded: formatTime(now) })),
  ];
  const is = (a: Taint) => (b: Taint) => a.key === b.key && a.effect === b.effect;
  const isOurs = ({ key, effect }: Taint) =>
    ours.has(key) && (effect === 'NoSchedule' || effect === 'NoExecute');
  const kept = present.filter((taint) => !isOurs(taint) || wanted.some(is(taint)));
  const added = wanted.filter((taint) => !present.some(is(taint)));
  return kept.length === present.length && added.length === 0 ? undefined : [...kept, ...added];
}
