import type { NodeStatus, PodCondition, PodStatus } from '@berth/api';

type Quantities = Readonly<Record<string, string>>;

/**
 * A node's status with what its agent reported. Others write there, too, and what they wrote stays: conditions of
 * other types, and resources that the agent does not know, which count as allocatable in full.
 */
export function mergeNodeStatus(old: NodeStatus, reported: NodeStatus): NodeStatus {
  const others = unknownTo(reported.capacity, old.capacity);
  return {
    ...old,
    ...reported,
    ...(reported.capacity && { capacity: { ...others, ...reported.capacity } }),
    ...(reported.allocatable && { allocatable: { ...others, ...reported.allocatable } }),
    conditions: [
      ...(reported.conditions ?? []),
      ...(old.conditions ?? []).filter(({ type }) => !has(reported.conditions, type)),
    ],
  };
}

const unknownTo = (known: Quantities = {}, all: Quantities = {}): Quantities =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !Object.hasOwn(known, name)));

/** Conditions that the agent alone decides about. */
const agentConditions: readonly string[] = [
  'PodScheduled',
  'PodReadyToStartContainers',
  'Initialized',
  'ContainersReady',
  'Ready',
  'PodResizePending',
  'PodResizeInProgress',
  'AllContainersRestarting',
];

/** Conditions that the agent may add and others may have set before. */
const sharedConditions: readonly string[] = ['DisruptionTarget'];

/** Fields that the scheduler, controllers and the server write. */
const othersFields = [
  'nominatedNodeName',
  'qosClass',
  'resourceClaimStatuses',
  'extendedResourceClaimStatus',
] as const;

/**
 * A pod's status with what its agent reported: the agent's word counts for everything but the conditions of others
 * (readiness gates, say) and the fields of others.
 */
export function mergePodStatus(old: PodStatus, reported: PodStatus): PodStatus {
  const owned = (condition: PodCondition) => agentConditions.includes(condition.type);
  const added = (condition: PodCondition) =>
    owned(condition) || sharedConditions.includes(condition.type);
  const mine = (reported.conditions ?? []).filter(added);
  const kept = othersFields.flatMap((field) =>
    old[field] === undefined ? [] : [[field, old[field]]],
  );
  return {
    ...reported,
    ...(Object.fromEntries(kept) as PodStatus),
    conditions: [
      ...mine,
      ...(old.conditions ?? []).filter((other) => !owned(other) && !has(mine, other.type)),
    ],
  };
}

const has = (conditions: readonly { readonly type: string }[] = [], type: string) =>
  conditions.some((condition) => condition.type === type);
