import type { KubeObject, ObjectRef, ResourceType } from '@berth/api';
import type { Lifetime } from '../lifetime.ts';
import type { Dial } from '../proxy/target.ts';
import type { UserInfo } from '../request.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** One write, as admission sees it before it is stored. */
export interface Attributes {
  readonly operation: Operation;
  readonly type: ResourceType;
  /** `''` for the object itself. */
  readonly subresource: string;
  readonly namespace: string;
  /** `''` while a generated name is not known yet. */
  readonly name: string;
  /** What is to be stored; absent on DELETE. For subresources with a body of their own, that body. */
  readonly object?: KubeObject;
  /** What is stored now; absent on CREATE. */
  readonly old?: KubeObject;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** Adds a warning header to the answer. */
  readonly warn: (text: string) => void;
  /** Leaves something for the audit log; absent when nobody records the request. */
  readonly annotate?: (key: string, value: string) => void;
  /** The options of the request, as `CreateOptions` and its like. */
  readonly options?: object;
  /** Ends when nobody waits for the answer any longer. */
  readonly lifetime?: Lifetime;
  /** Makes a value that came from outside an object of this resource, with its defaults; absent for bodies of doors. */
  readonly complete?: (value: Readonly<Record<string, unknown>>) => KubeObject;
  /** What the rounds of one mutation remember; set by the chain. */
  readonly rounds?: Rounds;
}

/** A mutation may go round a second time, since a late opinion can change what an early one built on. */
interface Rounds {
  readonly second: boolean;
  /** Asks for the second round; there is never a third. */
  ask(): void;
  /** What an opinion remembers from the first round to the second. */
  readonly memory: Map<Admission, unknown>;
}

/** One opinion on writes. Refusals are thrown as `StatusError`. */
export interface Admission {
  readonly name: string;
  handles(attributes: Pick<Attributes, 'operation' | 'type' | 'subresource'>): boolean;
  /** The object, changed or as it was; never changed in place. Only called when there is one. */
  mutate?(object: KubeObject, attributes: Attributes): KubeObject | Promise<KubeObject>;
  /** The same moment of a DELETE, where there is no object to change. */
  beforeDelete?(attributes: Attributes): void | Promise<void>;
  /** Sees the object as it will be stored. */
  validate?(attributes: Attributes): void | Promise<void>;
}

/** The same objects under another version or group. */
export interface Equivalent {
  readonly type: ResourceType;
  readonly to: (object: KubeObject) => Promise<KubeObject>;
  readonly back: (object: KubeObject) => Promise<KubeObject>;
  /** As in `Attributes`, for this version. */
  readonly complete: (value: Readonly<Record<string, unknown>>) => KubeObject;
}

/**
 * What admission may ask of the registry. It is answered from the server's own memory: with all that this server wrote,
 * but possibly a moment behind others.
 */
export interface AdmissionReads {
  get<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): Promise<T | undefined>;
  /** The same from the store itself, for what another server may have written a moment ago. */
  getFresh<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): Promise<T | undefined>;
  list<T extends KubeObject>(type: ResourceType<T>, namespace?: string): Promise<readonly T[]>;
  /** Whether there can be objects of this type. */
  serves(type: ResourceType): boolean;
  /** The other names of the objects of this type. */
  equivalents(type: ResourceType): readonly Equivalent[];
}

/** What admission may write itself. */
export interface AdmissionWrites {
  /** As `Store.guaranteedUpdateStatus`. */
  updateStatus<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    change: (current: T) => T,
  ): Promise<T>;
}

/** Builds the opinions of one server. Those who ask others reach them by `dial`, over TCP alone when absent. */
export type MakeAdmission = (
  reads: AdmissionReads,
  writes: AdmissionWrites,
  dial?: Dial,
) => readonly Admission[];

/** Runs every opinion in order; the first refusal ends it. */
export interface AdmissionChain {
  mutate(object: KubeObject, attributes: Attributes): Promise<KubeObject>;
  validate(attributes: Attributes): Promise<void>;
}

export function createChain(opinions: readonly Admission[]): AdmissionChain {
  const mutateOnce = async (object: KubeObject, attributes: Attributes) => {
    let current = object;
    for (const opinion of opinions) {
      if (!opinion.mutate || !opinion.handles(attributes)) continue;
      current = await opinion.mutate(current, { ...attributes, object: current });
    }
    return current;
  };
  return {
    async mutate(object, attributes) {
      const state = { asked: false };
      const memory = new Map<Admission, unknown>();
      const roundsOf = (second: boolean): Rounds => ({
        second,
        memory,
        ask: () => void (state.asked = true),
      });
      const first = await mutateOnce(object, { ...attributes, rounds: roundsOf(false) });
      return state.asked ? mutateOnce(first, { ...attributes, rounds: roundsOf(true) }) : first;
    },
    async validate(attributes) {
      const concerned = opinions.filter((opinion) => opinion.handles(attributes));
      if (attributes.operation === 'DELETE')
        for (const opinion of concerned) await opinion.beforeDelete?.(attributes);
      for (const opinion of concerned) await opinion.validate?.(attributes);
    },
  };
}
