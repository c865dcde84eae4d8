import type { Queue } from '@berth/api';
import type { ClusterState } from '../cluster-state.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Profile } from '../profiles.ts';
import { createBooks } from './books.ts';
import { createClaims } from './claims.ts';
import { obstacleText } from './obstacle-text.ts';
import { impliedQueue, readQueue } from './read-queue.ts';

/** What queues have against pods, for somebody who asks once. */
export interface QueueView {
  /** Undefined for pods that may go, and for those that belong to no queue. */
  whyHeld(pod: PodInfo): string | undefined;
  /** From now on it counts as placed. */
  placed(pod: PodInfo): void;
}

/** By profiles: the queue of pods that name none, of those that have queues. */
export const defaultQueuesOf = (profiles: readonly Profile[]): ReadonlyMap<string, string> =>
  new Map(profiles.flatMap(({ name, queues }) => (queues ? [[name, queues.defaultQueue]] : [])));

/** Costs as much as there are pods on nodes. */
export function createQueueView(
  state: Pick<ClusterState, 'nodes'>,
  profiles: readonly Profile[],
  queues: readonly Queue[],
): QueueView {
  const claims = createClaims(defaultQueuesOf(profiles));
  const books = createBooks([...claims.defaults].map(impliedQueue), () => undefined);
  for (const queue of queues) books.setQueue(readQueue(queue));
  const placed = (pod: PodInfo) => {
    const claim = claims.of(pod);
    if (claim) books.admit(claim, pod.pod.metadata.deletionTimestamp !== undefined);
  };
  for (const { pods } of state.nodes()) pods.forEach(placed);
  return {
    whyHeld(pod) {
      const claim = claims.of(pod);
      const obstacle = claim && books.obstacleTo(claim);
      return obstacle && obstacleText(obstacle, claim.queue, books.queue(claim.queue));
    },
    placed,
  };
}
