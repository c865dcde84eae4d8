import { isDeepEqual } from '@berth/api';
import { createHeap } from './heap.ts';
import type { Heap, HeapItem } from './heap.ts';
import type { PodInfo } from './pod-info.ts';
import type { ClusterEvent } from './queue.ts';

/** A pod that can be parked. */
export interface Parkable extends HeapItem {
  readonly info: PodInfo;
  /** Set by `ParkedPods` alone. */
  group?: ParkedGroup<Parkable> | undefined;
}

/** Pods that fare the same. One of them at a time is tried for all. */
interface ParkedGroup<E> {
  readonly key: string;
  readonly waiting: Heap<E & HeapItem>;
  /** Of the last refusal, which holds for all of them. */
  refusedBy: readonly string[];
  refusedAt: number;
  scout?: E | undefined;
  /** What sent the scout. */
  event: string;
}

/**
 * Pods that no node takes, in groups of those that nothing tells apart. An event costs a look at each group that it
 * may help; when a node would take the group, its first member is sent, and the next when that one was placed.
 */
export interface ParkedPods<E extends Parkable> {
  add(entry: E, refusedBy: ReadonlySet<string>): void;
  /** Takes out one that waits; does nothing for others. */
  remove(entry: E): void;
  /** What became of one that was sent; does nothing for others. `refused`: the rest of its group would be, too. */
  settle(entry: E, outcome: 'refused' | 'unknown'): void;
  happened(event: ClusterEvent): void;
  /** Looks at up to `budget` groups that an event may have helped; false when some are left. */
  look(budget: number): boolean;
  readonly hasNews: boolean;
  /** When the group that has been refused for longest was last refused. */
  oldest(): number | undefined;
  /** Sends one of each group that was last refused at `before` or earlier. */
  flush(before: number): void;
}

export interface ParkedPodsOptions<E> {
  readonly now: () => number;
  readonly groupOf: (info: PodInfo) => string;
  readonly isPlaceable: (info: PodInfo) => boolean;
  readonly isAhead: (a: E, b: E) => boolean;
  /** Takes over an entry that has left. */
  readonly send: (entry: E, event: string) => void;
}

/** For a group that no plugin refused, because there was no node that could: anything may help it. */
const nobody: readonly string[] = [''];

export function createParkedPods<E extends Parkable>({
  now,
  groupOf,
  isPlaceable,
  isAhead,
  send,
}: ParkedPodsOptions<E>): ParkedPods<E> {
  type Group = ParkedGroup<E>;
  const groups = new Map<string, Group>();
  /** Longest refused first: a group goes to the end when it is refused. */
  const byAge = new Set<Group>();
  const byPlugin = new Map<string, Set<Group>>();
  /** Since the groups were last gathered; one per kind says as much as all of them. */
  const news = new Map<string, ClusterEvent>();
  /** Gathered and not yet looked at, with what may have helped them. */
  const unread = new Map<Group, string>();

  const groupFor = (entry: E): Group => {
    const key = JSON.stringify([groupOf(entry.info), entry.info.priority]);
    const known = groups.get(key);
    if (known) return known;
    const waiting = createHeap<E>(isAhead);
    const group: Group = { key, waiting, refusedBy: [], refusedAt: 0, event: '' };
    groups.set(key, group);
    return group;
  };
  const index = (group: Group, refusedBy: readonly string[]) => {
    for (const plugin of group.refusedBy) {
      const known = byPlugin.get(plugin);
      known?.delete(group);
      if (known?.size === 0) byPlugin.delete(plugin);
    }
    group.refusedBy = refusedBy;
    for (const plugin of refusedBy) {
      const known = byPlugin.get(plugin);
      if (known) known.add(group);
      else byPlugin.set(plugin, new Set([group]));
    }
  };
  const putLast = (group: Group) => {
    group.refusedAt = now();
    byAge.delete(group);
    byAge.add(group);
  };
  const dropIfEmpty = (group: Group) => {
    if (group.waiting.size > 0 || group.scout) return;
    index(group, []);
    groups.delete(group.key);
    byAge.delete(group);
    unread.delete(group);
  };
  const sendScout = (group: Group, event: string) => {
    const entry = group.scout ? undefined : group.waiting.pop();
    if (!entry) return;
    group.scout = entry;
    group.event = event;
    send(entry, event);
  };
  const sendIfPlaceable = (group: Group, event: string) => {
    const first = group.waiting.peek();
    if (first && !group.scout && isPlaceable(first.info)) sendScout(group, event);
  };
  const gather = () => {
    for (const { label, helps } of news.values()) {
      const concerned = helps
        ? [...helps, ...nobody].flatMap((plugin) => [...(byPlugin.get(plugin) ?? [])])
        : groups.values();
      for (const group of concerned) if (!unread.has(group)) unread.set(group, label);
    }
    news.clear();
  };
  const groupOfEntry = ({ group }: E) => group as Group | undefined;

  return {
    add(entry, refusedBy) {
      const group = groupFor(entry);
      const plugins = refusedBy.size > 0 ? [...refusedBy].sort() : nobody;
      if (!isDeepEqual(plugins, group.refusedBy)) index(group, plugins);
      entry.group = group;
      group.waiting.push(entry);
      putLast(group);
    },
    remove(entry) {
      const group = groupOfEntry(entry);
      if (!group || group.scout === entry) return;
      group.waiting.remove(entry);
      entry.group = undefined;
      dropIfEmpty(group);
    },
    settle(entry, outcome) {
      const group = groupOfEntry(entry);
      if (group?.scout !== entry) return;
      entry.group = undefined;
      group.scout = undefined;
      if (outcome === 'unknown') sendIfPlaceable(group, group.event);
      dropIfEmpty(group);
    },
    happened(event) {
      if (groups.size > 0) news.set(event.label, event);
    },
    look(budget) {
      if (unread.size === 0) gather();
      let left = budget;
      for (const [group, event] of unread) {
        if (left-- === 0) return false;
        unread.delete(group);
        sendIfPlaceable(group, event);
      }
      return true;
    },
    get hasNews() {
      return news.size > 0 || unread.size > 0;
    },
    oldest() {
      const [group] = byAge;
      return group?.refusedAt;
    },
    flush(before) {
      for (const group of byAge) {
        if (group.refusedAt > before) return;
        putLast(group);
        sendScout(group, 'UnschedulableTimeout');
      }
    },
  };
}
