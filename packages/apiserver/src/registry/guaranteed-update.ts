import { notFound } from '@berth/api';
import type { KubeObject, ObjectRef } from '@berth/api';
import { atRevision } from './codec.ts';
import { onNewest } from './on-newest.ts';
import { viewOf, viewOfKv } from './resource.ts';
import type { Resource, View } from './resource.ts';
import { settleWrite } from './store-errors.ts';

/**
 * Changes one stored object past its strategy and admission, for doors that allow exactly one change (a binding).
 * `change` is called again when another write came first; what it throws ends it.
 */
export async function guaranteedUpdate(
  resource: Resource,
  ref: ObjectRef,
  dryRun: boolean,
  change: (old: KubeObject) => KubeObject,
): Promise<View> {
  const { storage, codec, keyOf, type, strategy } = resource;
  const view = await onNewest<View>(resource, keyOf(ref), async (kv) => {
    const object = change(codec.decode(kv));
    if (dryRun)
      return { result: viewOf(codec, atRevision(object, kv.modRevision)), wrote: 'nothing' };
    const value = await codec.encode(object);
    const stored = await settleWrite(storage, kv.key, value, () =>
      storage.update(kv.key, value, kv.modRevision, strategy.ttlSeconds),
    );
    if (stored) codec.outdated(kv);
    return stored && { result: viewOfKv(codec, stored), wrote: stored };
  });
  if (!view) throw notFound(type, ref.name);
  return view;
}
