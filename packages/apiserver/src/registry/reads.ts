import type { KubeObject, ObjectRef, ResourceType } from '@berth/api';
import type { AdmissionReads } from '../admission/admission.ts';
import type { Resource } from './resource.ts';

/** What a registry tells of itself. */
export type Served = Pick<AdmissionReads, 'serves' | 'equivalents'>;

export function createReads(
  resourceOf: (type: ResourceType) => Resource,
  served: Served,
): AdmissionReads {
  const get = async <T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
  ): Promise<T | undefined> => {
    const { storage, codec, keyOf } = resourceOf(type);
    await storage.catchUp();
    const { kv } = await storage.getCached(keyOf(ref));
    return kv && (codec.decode(kv) as T);
  };
  const getFresh = async <T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
  ): Promise<T | undefined> => {
    const { storage, codec, keyOf } = resourceOf(type);
    const { kv } = await storage.get(keyOf(ref));
    return kv && (codec.decode(kv) as T);
  };
  const lists = new WeakMap<Resource, Lists>();
  return {
    ...served,
    get,
    getFresh,
    async list<T extends KubeObject>(type: ResourceType<T>, namespace = '') {
      const resource = resourceOf(type);
      const { storage, codec, prefixOf } = resource;
      await storage.catchUp();
      const known = lists.get(resource);
      const isNewest = known !== undefined && known.revision === storage.currentRevision();
      const found = isNewest ? known.byNamespace.get(namespace) : undefined;
      if (found) return found as readonly T[];
      const { kvs, revision } = await storage.listCached(prefixOf(namespace));
      const objects = kvs.map((kv) => codec.decode(kv) as T);
      const same = lists.get(resource);
      if (same?.revision === revision) same.byNamespace.set(namespace, objects);
      else lists.set(resource, { revision, byNamespace: new Map([[namespace, objects]]) });
      return objects;
    },
  };
}

/** Lists as of one revision. Every write asks for policies, webhooks and limits, which hardly ever change. */
interface Lists {
  readonly revision: number;
  readonly byNamespace: Map<string, readonly KubeObject[]>;
}
