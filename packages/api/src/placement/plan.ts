import type { KubeObject } from '../object.ts';
import type { ListMeta } from '../gen/types.ts';
import type { ResourceType } from '../scheme.ts';
import type { NodeRefusal, ObjectName } from './explanation.ts';

export interface PlacementPlanSpec {
  /** Objects of any kinds, as a manifest has them. */
  readonly objects: readonly object[];
  readonly rules?: PlacementRules;
}

/** By what to decide, where not as the cluster's own scheduler does. */
export interface PlacementRules {
  /** The text of a KubeSchedulerConfiguration. Plugins in it that are code of the user's are not asked. */
  readonly configuration?: string;
  /** The profile that decides about all pods, whatever scheduler they name. */
  readonly profile?: string;
}

/** What becomes of one pod of a plan. */
export interface PlannedPod {
  readonly pod: ObjectName;
  /** The object of the manifest that it comes from. */
  readonly from: ObjectName;
  /** Where it would go; absent when no node takes it. */
  readonly node?: string;
  /** Why it goes nowhere, or what has to happen first. */
  readonly message?: string;
  /** What stands in the way, by the nodes where it does. */
  readonly refusals?: readonly (NodeRefusal & { readonly nodes: readonly string[] })[];
  /** Pods that would have to leave for it. */
  readonly victims?: readonly ObjectName[];
}

/** What would become of an object of the manifest. */
export interface PlannedObject {
  readonly object: ObjectName;
  readonly outcome: 'Created' | 'Changed' | 'Unchanged' | 'Refused';
  readonly message?: string;
}

export interface PlacementPlanStatus {
  readonly objects: readonly PlannedObject[];
  /** In the order in which they were decided. */
  readonly pods: readonly PlannedPod[];
}

/** A question: where would the pods of these objects go? It is answered and not kept. */
export interface PlacementPlan extends KubeObject {
  readonly kind?: 'PlacementPlan';
  readonly apiVersion?: 'scheduling.berth.dev/v1';
  readonly metadata: KubeObject['metadata'] & ListMeta;
  readonly spec: PlacementPlanSpec;
  readonly status?: PlacementPlanStatus;
}

/** Virtual: it can be created, and the answer is its status. */
export const placementPlans: ResourceType<PlacementPlan> = {
  group: 'scheduling.berth.dev',
  version: 'v1',
  resource: 'placementplans',
  singular: 'placementplan',
  kind: 'PlacementPlan',
  namespaced: true,
  shortNames: [],
  categories: [],
};
