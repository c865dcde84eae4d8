import type { KubeObject, ObjectRef, ResourceType } from '@berth/api';
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
}

/** One opinion on writes. Refusals are thrown as `StatusError`. */
export interface Admission {
  readonly name: string;
  handles(attributes: Pick<Attributes, 'operation' | 'type' | 'subresource'>): boolean;
  /** The object, changed or as it was; never changed in place. Only called when there is one. */
  mutate?(object: KubeObject, attributes: Attributes): KubeObject | Promise<KubeObject>;
  /** Sees the object as it will be stored. */
  validate?(attributes: Attributes): void | Promise<void>;
}

/** What admission may ask of the registry; from the server's own memory, so possibly a moment old. */
export interface AdmissionReads {
  get<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): Promise<T | undefined>;
  /** The same from the store itself, for what may have been written a moment ago. */
  getFresh<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): Promise<T | undefined>;
  list<T extends KubeObject>(type: ResourceType<T>, namespace?: string): Promise<readonly T[]>;
}

/** Runs every opinion in order; the first refusal ends it. */
export interface AdmissionChain {
  mutate(object: KubeObject, attributes: Attributes): Promise<KubeObject>;
  validate(attributes: Attributes): Promise<void>;
}

export function createChain(opinions: readonly Admission[]): AdmissionChain {
  return {
    async mutate(object, attributes) {
      let current = object;
      for (const opinion of opinions) {
        if (!opinion.mutate || !opinion.handles(attributes)) continue;
        current = await opinion.mutate(current, { ...attributes, object: current });
      }
      return current;
    },
    async validate(attributes) {
      for (const opinion of opinions) {
        if (opinion.validate && opinion.handles(attributes)) await opinion.validate(attributes);
      }
    },
  };
}
