import { keyOf } from '@berth/api';
import type { Pod } from '@berth/api';
import type { PodShape } from './pod-shape.ts';
import { createPodShapes } from './pod-shapes.ts';
import type { PodShapes } from './pod-shapes.ts';

/** A pod with what decisions depend on. */
export interface PodInfo {
  readonly pod: Pod;
  /** `namespace/name`. */
  readonly key: string;
  readonly priority: number;
  /** Shared by all pods that are the same to every decision. */
  readonly shape: PodShape;
  /** `PodShapes.epoch` when the shape was given. */
  readonly epoch: number;
}

/** Pods share shapes only within the same `shapes`; a cluster's state has its own (see `ClusterState.podInfo`). */
export function createPodInfo(pod: Pod, shapes: PodShapes = createPodShapes()): PodInfo {
  const shape = shapes.of(pod);
  const priority = pod.spec.priority ?? 0;
  return { pod, key: keyOf(pod), priority, shape, epoch: shapes.epoch };
}
