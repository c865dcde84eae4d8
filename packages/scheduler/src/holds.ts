import type { PodInfo } from './pod-info.ts';

/**
 * Something beside a pod's own scheduling gates that pods may have to wait for before they are tried: upstream's
 * PreEnqueue. It learns of pods as they come and go, says which are held, and calls `SchedulingQueue.reconsider` with
 * the keys of those of which its answer has changed. Several can be let go, or held again, in one call; the loop does
 * not run in between.
 */
export interface Hold {
  /**
   * The pod is there, waiting or, when `nodeName` is given, on a node; called again when it changes. The queue hears of
   * it after this returns. A pod whose bind is under way still counts as it did when it was last told of.
   */
  came(pod: PodInfo, nodeName?: string): void;
  /** The pod is gone, has ended, is being deleted before it was placed, or is another scheduler's. */
  went(key: string): void;
  /**
   * What a pod that waits is held for, in words for people; undefined when it may be tried. Asked whenever the pod would
   * be put among those that are tried, so it has to cost nothing for pods that it does not concern.
   */
  whyHeld(pod: PodInfo): string | undefined;
}

/** Holds what any of them holds; the first of them says why. */
export const holdTogether = (holds: readonly Hold[]): Hold => ({
  came(pod, nodeName) {
    for (const hold of holds) hold.came(pod, nodeName);
  },
  went(key) {
    for (const hold of holds) hold.went(key);
  },
  whyHeld(pod) {
    for (const hold of holds) {
      const why = hold.whyHeld(pod);
      if (why !== undefined) return why;
    }
    return undefined;
  },
});
