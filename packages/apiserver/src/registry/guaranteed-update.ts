import { notFound } from '@berth/api';
import type { KubeObject, ObjectRef } from '@berth/api';
import { atRevision } from './codec.ts';
import { viewOf, viewOfKv } from './resource.ts';
import type { Resource, View } from './resource.ts';
import { settleWrite } from './store-errors.ts';

/**
 * Changes one stored object past its strategy and admission, for doors that allow exactly one change (a binding).
 * `change` is called again when another write came first; what it throws ends it.
 */
export async function guaranteedUpdate(
  { storage, codec, keyOf, type, strategy }: Resource,
  ref: ObjectRef,
  dryRun: boolean,
  change: (old: KubeObject) => KubeObject,
): Promise<View> {
  const key = keyOf(ref);
  for (;;) {
    const { kv } = await storage.get(key);
    if (!kv) throw notFound(type, ref.name);
    const object = change(codec.decode(kv));
    if (dryRun) return viewOf(codec, atRevision(object, kv.modRevision));
    const value = await codec.encode(object);
    const stored = await settleWrite(storage, key, value, () =>
      storage.update(key, value, kv.modRevision, strategy.ttlSeconds),
    );
    if (stored) return viewOfKv(codec, stored);
  }
}
