import type { KubeObject, ObjectRef, ResourceType } from '@berth/api';
import type { Clock } from '@berth/component-base';
import { keyOfObject, prefixOf } from '@berth/storage';
import type { KeyValue, WatchCache } from '@berth/storage';
import type { AdmissionChain } from '../admission/admission.ts';
import type { Lifetime } from '../lifetime.ts';
import type { UserInfo } from '../request.ts';
import { createCodec } from './codec.ts';
import type { Codec } from './codec.ts';
import { convertStored } from './convert-stored.ts';
import { createFrameCache } from './frame-cache.ts';
import type { FrameCache } from './frame-cache.ts';
import type { Strategy } from './strategy.ts';
import { createTurns } from './turns.ts';
import type { Turns } from './turns.ts';
import { effectWarnings } from './without-effect.ts';

/** One served resource with everything that reads and writes it. */
export interface Resource {
  readonly type: ResourceType;
  readonly strategy: Strategy;
  readonly codec: Codec;
  /** The store, with the objects of this resource held in memory. */
  readonly storage: WatchCache;
  readonly keyOf: (ref: ObjectRef) => string;
  /** Where the keys of a namespace begin, or those of all objects for `''`. */
  readonly prefixOf: (namespace: string) => string;
  /** What of an object will have no effect, said once. */
  readonly effectWarnings: ReturnType<typeof effectWarnings>;
  /** Watch events of late, as bytes. */
  readonly frames: FrameCache;
  /** Among those who write the same object, with what was written last. */
  readonly turns: Turns<KeyValue>;
  readonly clock: Clock;
  readonly newUid: () => string;
  /** 0 to 1. */
  readonly random: () => number;
  readonly admission: AdmissionChain;
  /** Aborts when the resource is served no longer, or in another way: watches end, so that clients begin anew. */
  readonly lifetime: AbortSignal;
}

export type ResourceOptions = Pick<
  Resource,
  'storage' | 'clock' | 'newUid' | 'random' | 'admission' | 'lifetime'
>;

/** Enough for the watchers that keep up. */
const recentFrames = 512;

/** Longer than writes take, shorter than a webhook may that writes the very object it is asked about. */
const turnPatienceMs = 1_000;

export function createResource(strategy: Strategy, options: ResourceOptions): Resource {
  const { type, storedAs } = strategy;
  const stored = storedAs?.type ?? type;
  const codec = createCodec(strategy);
  const convert = storedAs?.convert;
  return {
    type,
    strategy,
    codec,
    storage: convert ? convertStored(options.storage, codec, { type, convert }) : options.storage,
    keyOf: (ref) =>
      keyOfObject({ group: stored.group, resource: stored.resource, ...placed(type, ref) }),
    prefixOf: (namespace) => prefixOf(stored, namespace || undefined),
    effectWarnings: effectWarnings(type),
    frames: createFrameCache(recentFrames),
    turns: createTurns(options.clock, turnPatienceMs),
    clock: options.clock,
    newUid: options.newUid,
    random: options.random,
    admission: options.admission,
    lifetime: options.lifetime,
  };
}

/** Cluster-scoped objects lie in no namespace, whatever a caller says. */
const placed = ({ namespaced }: ResourceType, { namespace, name }: ObjectRef): ObjectRef =>
  namespaced && namespace ? { namespace, name } : { name };

/** Circumstances of one write. */
export interface Write {
  readonly user: UserInfo;
  readonly subresource: string;
  /** Who owns the written fields. */
  readonly manager: string;
  /** Does everything but store. */
  readonly dryRun: boolean;
  /** The object says itself who manages its fields: server-side apply has worked it out. */
  readonly tracked?: boolean;
  readonly warn: (text: string) => void;
  /** Leaves something for the audit log. */
  readonly annotate?: (key: string, value: string) => void;
  /** The options of the request, for whoever is asked about it. */
  readonly options?: object;
  /** Ends when nobody waits for the answer any longer. */
  readonly lifetime?: Lifetime;
}

/** An object, decoded or as JSON: whichever is asked for is made when it is asked for. */
export interface View {
  object(): KubeObject;
  wire(): Uint8Array;
}

/** A stored object; `revision` stands in for its own when it is gone. */
export const viewOfKv = (codec: Codec, kv: KeyValue, revision?: number): View => ({
  object: () => codec.decode(kv),
  wire: () => codec.wire(kv, revision),
});

/** An object that is not stored, or not yet. */
export const viewOf = (codec: Codec, object: KubeObject): View => ({
  object: () => object,
  wire: () => codec.wireOf(object),
});

/** What a write left behind. */
export interface Written extends View {
  /** False when the object was there already. */
  readonly created: boolean;
}

/** The namespace and name by which an object is found. */
export const refOf = ({ metadata: { namespace, name } }: KubeObject): ObjectRef =>
  namespace ? { namespace, name } : { name };
