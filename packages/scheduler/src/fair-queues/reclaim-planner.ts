import { goQuote } from '@berth/api';
import type { PodInfo } from '../pod-info.ts';
import type { PreemptionPlan, PreemptionPlanner } from '../preemption/plan-preemption.ts';
import type { Books } from './books.ts';
import { planQueueRoom } from './plan-room.ts';
import type { QueueRoomOptions } from './plan-room.ts';
import type { Claim } from './queue-terms.ts';

export interface ReclaimPlannerOptions extends QueueRoomOptions {
  readonly books: Books;
  readonly claimOf: (pod: PodInfo) => Claim | undefined;
}

const nobody: PreemptionPlan = { kind: 'none', message: '', keepsPromise: true };

/**
 * Takes back for pods what their queues are due. When a plan is returned, the place is kept for the pod, and the victims
 * count as leaving; until they have left nobody else is asked to.
 */
export const createReclaimPlanner = (options: ReclaimPlannerOptions): PreemptionPlanner => ({
  plan(pod) {
    const { state, books, claimOf } = options;
    const claim = claimOf(pod);
    if (!claim || pod.pod.spec.preemptionPolicy === 'Never') return nobody;
    const awaited = books.awaited(pod.key);
    if (awaited > 0) return { ...nobody, message: `waiting for ${awaited} pods to leave.` };
    const room = planQueueRoom(pod, claim, options);
    // Nobody leaves for it, and its queue may never let it go: what it was promised is for others.
    if (!room) return { ...nobody, keepsPromise: false };
    books.reserve(claim, room.victims);
    const victims = room.victims.flatMap((key) => state.placementOf(key)?.pod ?? []);
    const purpose = `give queue ${goQuote(claim.queue)} what it is due`;
    const { nodeName } = room;
    return { kind: 'evict', nodeName, victims, violations: 0, displaced: [], purpose };
  },
});

/** What the profile's preemption finds for a pod, or what its queue is due. While pods leave for it, it is neither. */
export const planInTurn = (
  preemption: PreemptionPlanner | undefined,
  reclaim: PreemptionPlanner,
  isAwaiting: (pod: PodInfo) => boolean,
): PreemptionPlanner => ({
  plan(pod) {
    const plan = isAwaiting(pod) ? undefined : preemption?.plan(pod);
    if (plan?.kind === 'evict') return plan;
    const other = reclaim.plan(pod);
    return other.kind === 'evict' ? other : (plan ?? other);
  },
});
