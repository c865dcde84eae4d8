import type { KubeObject } from '@berth/api';
import type { KeyValue } from '@berth/storage';
import type { Resource } from './resource.ts';
import { settleRemoval } from './store-errors.ts';

/** Takes an object out of storage; undefined when another write came first. */
export async function removeKey(
  { storage, strategy }: Resource,
  kv: KeyValue,
  object: KubeObject,
): Promise<number | undefined> {
  const revision = await settleRemoval(storage, kv);
  if (revision !== undefined) await strategy.afterDelete?.(object);
  return revision;
}
