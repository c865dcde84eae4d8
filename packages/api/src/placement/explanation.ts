import type { ListMeta } from '../gen/types.ts';

/** An object of the API by what names it. */
export interface ObjectName {
  readonly kind: string;
  /** Absent for kinds without namespaces. */
  readonly namespace?: string;
  readonly name: string;
}

/** How much of a resource is there and how much of it a pod wants; quantities as Kubernetes writes them. */
export interface ResourceAccount {
  readonly resource: string;
  readonly requested: string;
  readonly free: string;
  readonly allocatable: string;
}

/** One plugin's refusal of one node. */
export interface NodeRefusal {
  readonly plugin: string;
  readonly reasons: readonly string[];
  /** Whether pods that leave the node could change it. */
  readonly preemptionMayHelp: boolean;
  /** Resources that the node has too little of. */
  readonly resources?: readonly ResourceAccount[];
}

/** What the scheduler thinks of a node for a pod. */
export interface NodeExplanation {
  readonly name: string;
  readonly fits: boolean;
  /** Of every plugin that refuses it, not of the first one alone. */
  readonly refusals?: readonly NodeRefusal[];
  /** By plugin, with their weights, among all nodes that fit. */
  readonly scores?: Readonly<Record<string, number>>;
  readonly total?: number;
}

/** One thing to do. */
export interface SuggestedChange {
  /** `AddToleration`, `FreeResource`, … */
  readonly kind: string;
  readonly text: string;
  /** What changes in which objects. */
  readonly edits: readonly SuggestedEdit[];
}

/** A change to one object. A pod that waits cannot be changed in most fields: its owner's template can. */
export interface SuggestedEdit {
  readonly action: 'patch' | 'create' | 'delete';
  readonly target: ObjectName;
  /** `patch`: a JSON merge patch. `create`: the object. */
  readonly body?: object;
}

/** Changes that belong together; tried on the cluster as it is. */
export interface Suggestion {
  readonly changes: readonly SuggestedChange[];
  /** Where the pod would go then. */
  readonly node: string;
}

export interface PlacementExplanationStatus {
  /**
   * `Bound`: it has a node; scores are what they would be if it were decided now. `Schedulable`: it waits, and a node would
   * take it now. `Unschedulable`: no node takes it. `Gated`: it waits for somebody to let it in. `OtherScheduler`: another
   * scheduler decides; what this one thinks is told all the same.
   */
  readonly outcome: 'Bound' | 'Schedulable' | 'Unschedulable' | 'Gated' | 'OtherScheduler';
  readonly message: string;
  /** The node it is on, or would go to. */
  readonly node?: string;
  /** The best of the other nodes. */
  readonly runnerUp?: string;
  readonly nodeCount: number;
  /** The chosen one first, then others that fit by their score, then those that fewest plugins refuse. */
  readonly nodes: readonly NodeExplanation[];
  /** Nodes that are not told of, because there are so many. */
  readonly omittedNodes?: number;
  readonly preemption?: {
    readonly message: string;
    readonly node?: string;
    /** Pods that would have to leave. */
    readonly victims?: readonly ObjectName[];
  };
  /** The smallest first; different kinds of changes rather than the same for many nodes. */
  readonly suggestions?: readonly Suggestion[];
}

/** The answer of `pods/why`: where a pod goes, or why nowhere. */
export interface PlacementExplanation {
  readonly kind: 'PlacementExplanation';
  readonly apiVersion: 'scheduling.berth.dev/v1';
  readonly metadata: ListMeta & { readonly namespace?: string; readonly name: string };
  readonly status: PlacementExplanationStatus;
}
