import { keyOf } from '@berth/api';
import type { Pod, PodGroup } from '@berth/api';
import type { Hold } from '../holds.ts';
import type { PodInfo } from '../pod-info.ts';

/** Pods of one PodGroup whose policy is to be scheduled all together. */
export interface Gang {
  /** `namespace/name` of the PodGroup. */
  readonly key: string;
  readonly group: PodGroup;
  /** How many of its pods have to have a node at the same time. */
  readonly minCount: number;
  /** Those without a node, by key; the bind of some may be under way. Those behind scheduling gates do not count. */
  readonly waiting: ReadonlyMap<string, PodInfo>;
  /** Those that are on a node and not being deleted. */
  readonly placed: ReadonlyMap<string, PodInfo>;
}

export interface GangsOptions {
  /** Whether the profile that decides about the pod has the GangScheduling plugin. */
  readonly isConcerned: (pod: PodInfo) => boolean;
  /** Of these pods it is not the same any more whether they are held. `event`: what has changed that. */
  readonly reconsider: (keys: Iterable<string>, event: string) => void;
  /** The gang's pods, or the gang itself, are not what they were. */
  readonly changed: (gang: Gang) => void;
}

/**
 * Knows the pods of each PodGroup, and holds them until the group is there and, where it is a gang, as many pods as it
 * needs: what upstream's GangScheduling does before pods are queued.
 */
export interface Gangs extends Hold {
  setGroup(group: PodGroup): void;
  removeGroup(key: string): void;
  /**
   * The gang that the pod is decided about with; undefined for a pod that is decided about by itself, as those are of
   * which the gang has enough already.
   */
  gangOf(pod: PodInfo): Gang | undefined;
  /** The PodGroup that the pod says it belongs to, if it is there. */
  groupOf(pod: PodInfo): PodGroup | undefined;
  /** By the key of its PodGroup. */
  gang(key: string): Gang | undefined;
}

interface Members {
  readonly key: string;
  group?: PodGroup | undefined;
  readonly waiting: Map<string, PodInfo>;
  /** Those that count for nothing: behind scheduling gates, or on a node and being deleted. */
  readonly idle: Set<string>;
  readonly placed: Map<string, PodInfo>;
}

export function createGangs({ isConcerned, reconsider, changed }: GangsOptions): Gangs {
  const all = new Map<string, Members>();
  const groupOfPod = new Map<string, Members>();

  const membersOf = (key: string): Members => {
    const known = all.get(key);
    if (known) return known;
    const members = { key, waiting: new Map(), idle: new Set<string>(), placed: new Map() };
    all.set(key, members);
    return members;
  };
  const missing = ({ group, waiting, placed }: Members): number =>
    (group?.spec.schedulingPolicy.gang?.minCount ?? 0) - waiting.size - placed.size;
  const isHeld = (members: Members) => !members.group || missing(members) > 0;
  /** Does what changes the members, and tells those concerned if that makes a difference to them. */
  const change = (members: Members, event: string, work: () => void) => {
    const before = isHeld(members);
    work();
    if (isHeld(members) !== before) reconsider(members.waiting.keys(), event);
    const gang = gangFrom(members);
    if (gang) changed(gang);
    const { waiting, idle, placed } = members;
    if (!members.group && waiting.size + idle.size + placed.size === 0) all.delete(members.key);
  };
  const forget = (members: Members, key: string) => {
    members.waiting.delete(key);
    members.idle.delete(key);
    members.placed.delete(key);
  };

  return {
    came(pod, nodeName) {
      const name = groupNameOf(pod.pod);
      if (name === undefined) return;
      const members = membersOf(`${pod.pod.metadata.namespace ?? ''}/${name}`);
      groupOfPod.set(pod.key, members);
      change(members, nodeName === undefined ? 'UnscheduledPodAdd' : 'AssignedPodAdd', () => {
        const place = placeIn(members, pod.pod, nodeName);
        // Who came first stays first.
        if (!place?.has(pod.key)) forget(members, pod.key);
        if (place) place.set(pod.key, pod);
        else members.idle.add(pod.key);
      });
    },
    went(key) {
      const members = groupOfPod.get(key);
      if (!members) return;
      groupOfPod.delete(key);
      change(members, 'PodDelete', () => forget(members, key));
    },
    whyHeld(pod) {
      const name = groupNameOf(pod.pod);
      if (name === undefined || !isConcerned(pod)) return undefined;
      const members = all.get(`${pod.pod.metadata.namespace ?? ''}/${name}`);
      if (!members?.group) return waitingForGroup(name);
      return missing(members) > 0 ? waitingForPods(members, members.group) : undefined;
    },
    setGroup(group) {
      const members = membersOf(keyOf(group));
      const event = members.group ? 'PodGroupUpdate' : 'PodGroupAdd';
      change(members, event, () => (members.group = group));
    },
    removeGroup(key) {
      const members = all.get(key);
      if (members) change(members, 'PodGroupDelete', () => (members.group = undefined));
    },
    gangOf(pod) {
      if (pod.pod.spec.schedulingGroup === undefined || !isConcerned(pod)) return undefined;
      const members = groupOfPod.get(pod.key);
      const gang = members && gangFrom(members);
      return gang && gang.placed.size < gang.minCount ? gang : undefined;
    },
    groupOf({ pod }) {
      const name = groupNameOf(pod);
      if (name === undefined) return undefined;
      return all.get(`${pod.metadata.namespace ?? ''}/${name}`)?.group;
    },
    gang(key) {
      const members = all.get(key);
      return members && gangFrom(members);
    },
  };
}

function placeIn({ waiting, placed }: Members, { metadata, spec }: Pod, nodeName?: string) {
  if (nodeName !== undefined) return metadata.deletionTimestamp ? undefined : placed;
  return (spec.schedulingGates ?? []).length > 0 ? undefined : waiting;
}

const groupNameOf = ({ spec }: Pod): string | undefined => spec.schedulingGroup?.podGroupName;

const gangFrom = ({ key, group, waiting, placed }: Members): Gang | undefined => {
  const minCount = group?.spec.schedulingPolicy.gang?.minCount;
  return group && minCount !== undefined ? { key, group, minCount, waiting, placed } : undefined;
};

const waitingForGroup = (name: string) =>
  `waiting for pod's pod group ${JSON.stringify(name)} to appear in scheduling queue`;

function waitingForPods({ waiting, placed }: Members, { metadata, spec }: PodGroup): string {
  const count = waiting.size + placed.size;
  const needed = spec.schedulingPolicy.gang?.minCount ?? 0;
  return (
    'waiting for minCount pods from a gang to appear in scheduling queue: ' +
    `${count} of the ${needed} that pod group ${JSON.stringify(metadata.name)} needs are there`
  );
}
