export { createClusterState } from './cluster-state.ts';
export type { ClusterState, ClusterView } from './cluster-state.ts';
export { createEngine } from './engine/engine.ts';
export type { Engine, EngineOptions } from './engine/engine.ts';
export type { Bind, Decision, NodeReport, Unschedulable } from './engine/decision.ts';
export { simulate } from './engine/simulate.ts';
export type { Simulation } from './engine/simulate.ts';
export { failureMessage } from './failure-message.ts';
export { fits, maxNodeScore, normalizeByMax, refuse, unresolvable } from './framework.ts';
export type { Cell, Filter, Partition, Plugin, Score, Verdict } from './framework.ts';
export type { NodeInfo } from './node-info.ts';
export type { PodInfo } from './pod-info.ts';
export type { PodShape } from './pod-shape.ts';
export { createSchedulerMetrics } from './metrics.ts';
export type { SchedulerMetrics } from './metrics.ts';
export { ConfigurationError, readConfiguration } from './configuration/read-configuration.ts';
export { defaultConfiguration } from './configuration/scheduler-configuration.ts';
export type {
  ProfileConfiguration,
  SchedulerConfiguration,
} from './configuration/scheduler-configuration.ts';
export { createProfile, defaultPlugins } from './profiles.ts';
export { createSchedulingQueue } from './queue.ts';
export type { SchedulingQueue, SchedulingQueueOptions } from './queue.ts';
export type { Profile } from './profiles.ts';
export { createPreemptionPlanner } from './preemption/plan-preemption.ts';
export type { PreemptionPlan, PreemptionPlanner } from './preemption/plan-preemption.ts';
export { createScheduler } from './scheduler.ts';
export type { Scheduler, SchedulerOptions } from './scheduler.ts';
export { createPodPlacement } from './placement/create-placement.ts';
export type {
  PlaceOptions,
  PodPlacement,
  PodPlacementOptions,
  Supposed,
} from './placement/create-placement.ts';
export type { PodPlan, SharedRefusal } from './placement/plan-pods.ts';
