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
  return {
    ...served,
    get,
    getFresh,
    async list<T extends KubeObject>(type: ResourceType<T>, namespace = '') {
      const { storage, codec, prefixOf } = resourceOf(type);
      const { kvs } = await storage.listCached(prefixOf(namespace));
      return kvs.map((kv) => codec.decode(kv) as T);
    },
  };
}
