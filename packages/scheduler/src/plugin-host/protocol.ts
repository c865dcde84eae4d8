import type { KubeObject, Node, Pod, ResourceType } from '@berth/api';
import type { MessagePort } from 'node:worker_threads';
import type { Verdict } from '../framework.ts';

/** Where a plugin of the user's can be asked. */
export type Point = 'Filter' | 'Score';

/** What a worker is started with. */
export interface WorkerStart {
  /** URL of the module. */
  readonly module: string;
  readonly config: unknown;
  readonly port: MessagePort;
  /** How many of the messages to it the worker is through with. */
  readonly progress: SharedArrayBuffer;
}

/** A change of the cluster's state, as `ClusterState` has it. Nodes are numbered by the sender. */
export type Change =
  | { readonly kind: 'setNode'; readonly node: Node; readonly slot: number }
  | { readonly kind: 'removeNode'; readonly name: string }
  | {
      readonly kind: 'setObject' | 'removeObject';
      readonly type: ResourceType;
      readonly object: KubeObject;
    }
  | { readonly kind: 'assume' | 'addPod'; readonly pod: Pod; readonly nodeName: string }
  | { readonly kind: 'forget' | 'removePod' | 'unnominate'; readonly key: string }
  | { readonly kind: 'nominate'; readonly pod: Pod; readonly nodeName: string };

export type Question =
  | { readonly kind: 'filter' | 'score'; readonly pod: Pod }
  | { readonly kind: 'normalize'; readonly scores: readonly number[] };

export type Message = Change | Question;

/** `verdicts[codes[slot]]` is what the plugin says of a node. */
interface Verdicts {
  readonly codes: Uint16Array;
  readonly verdicts: readonly Verdict[];
}

export type Answer =
  | { readonly kind: 'verdicts'; readonly answer: Verdicts | undefined }
  /** By slot; undefined: no opinion on this pod. */
  | { readonly kind: 'scores'; readonly answer: Float64Array | undefined }
  | { readonly kind: 'normalized'; readonly answer: readonly number[] }
  | { readonly kind: 'error'; readonly message: string };

/** What a worker says of itself once it has loaded the module. */
export type Loaded =
  | { readonly kind: 'loaded'; readonly points: readonly Point[]; readonly normalizes: boolean }
  | { readonly kind: 'failed'; readonly message: string };
