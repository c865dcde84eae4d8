import type { Node, Pod } from '@berth/api';
import {
  allocatableOf,
  requestedOn,
  requestsOf,
  scoringRequestedOn,
  scoringRequestsOf,
} from './requests.ts';
import type { Amounts } from './requests.ts';
import { podsOn } from './world.ts';
import type { Filter, World } from './world.ts';

/** Every resource that is short is named; what the whole node could not give no leaving pod can free. */
export const nodeResourcesFit: Filter = (pod, node, world) => {
  const room = allocatableOf(node);
  const used = requestedOn(node, world);
  const reasons: string[] = [];
  let resolvable = true;
  if (podsOn(node, world).length + 1 > (room['pods'] ?? 0)) reasons.push('Too many pods');
  for (const [name, amount] of Object.entries(requestsOf(pod))) {
    if (amount === 0 || amount <= (room[name] ?? 0) - (used[name] ?? 0)) continue;
    reasons.push(`Insufficient ${name}`);
    if (amount > (room[name] ?? 0)) resolvable = false;
  }
  return reasons.length ? { plugin: 'NodeResourcesFit', reasons, resolvable } : undefined;
};

const scored = ['cpu', 'memory'] as const;

/** The mean of the free shares in whole hundredths, each rounded down. */
export function leastAllocated(pod: Pod, node: Node, world: World): number {
  const room = allocatableOf(node);
  const used = scoringRequestedOn(node, world);
  const wanted = scoringRequestsOf(pod);
  let total = 0;
  let count = 0;
  for (const name of scored) {
    const capacity = room[name] ?? 0;
    if (capacity === 0) continue;
    const taken = (used[name] ?? 0) + (wanted[name] ?? 0);
    total += taken > capacity ? 0 : Math.trunc(((capacity - taken) * 100) / capacity);
    count += 1;
  }
  return count === 0 ? 0 : Math.trunc(total / count);
}

/** 75 for a pod that changes nothing, more for one that brings cpu and memory closer together; 50 to 100. */
export function balancedAllocation(pod: Pod, node: Node, world: World): number {
  const wanted = requestsOf(pod);
  if (scored.every((name) => (wanted[name] ?? 0) === 0)) return 0;
  const room = allocatableOf(node);
  const used = requestedOn(node, world);
  const after = Object.fromEntries(
    scored.map((name) => [name, (used[name] ?? 0) + (wanted[name] ?? 0)]),
  );
  return 50 + Math.trunc((50 + balance(after, room) - balance(used, room)) / 2);
}

function balance(used: Amounts, room: Amounts): number {
  const shares = scored.flatMap((name) => {
    const capacity = room[name] ?? 0;
    return capacity === 0 ? [] : [Math.min(1, (used[name] ?? 0) / capacity)];
  });
  const [cpu, memory] = shares;
  const deviation = cpu === undefined || memory === undefined ? 0 : Math.abs((cpu - memory) / 2);
  return Math.trunc((1 - deviation) * 100);
}
