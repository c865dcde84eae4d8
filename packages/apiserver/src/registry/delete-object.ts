import { conflict, notFound } from '@berth/api';
import type { KubeObject, ObjectRef } from '@berth/api';
import type { KeyValue } from '@berth/storage';
import { admissionOf } from './admission-of.ts';
import { planDelete } from './delete-plan.ts';
import type { DeleteRequest } from './delete-plan.ts';
import { onNewest } from './on-newest.ts';
import type { Attempted } from './on-newest.ts';
import { removeKey } from './remove-key.ts';
import { viewOf, viewOfKv } from './resource.ts';
import type { Resource, View, Write } from './resource.ts';
import { settleWrite } from './store-errors.ts';

/** The object as it was when it went, or as it is while it goes. */
export interface Deleted extends View {
  /** False while something (a grace period, finalizers) still keeps it. */
  readonly gone: boolean;
}

type Allow = (object: KubeObject) => void | Promise<void>;

/** Deletes one object, or begins to, as its finalizers, grace period and the propagation policy say. */
export async function deleteObject(
  resource: Resource,
  ref: ObjectRef,
  request: DeleteRequest,
  write: Write,
  allow?: Allow,
): Promise<Deleted> {
  const deleted = await onNewest(resource, resource.keyOf(ref), async (kv) => {
    const old = resource.codec.decode(kv);
    refuseOthers(resource.type, old, request.preconditions);
    await allow?.(old);
    await admit(resource, old, write);
    return deleteOnce(resource, kv, old, request);
  });
  if (!deleted) throw notFound(resource.type, ref.name);
  return deleted;
}

/** Throws a Conflict when the object is not the one, or not the version, that the client means. */
export function refuseOthers(
  type: Resource['type'],
  { metadata }: KubeObject,
  { uid, resourceVersion }: DeleteRequest['preconditions'],
): void {
  const mismatch = (what: string, asked: string, found: string) =>
    conflict(
      type,
      metadata.name,
      `Precondition failed: ${what} in precondition: ${asked}, ${what} in object meta: ${found}`,
    );
  if (uid !== undefined && uid !== metadata.uid) throw mismatch('UID', uid, metadata.uid);
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw mismatch('ResourceVersion', resourceVersion, metadata.resourceVersion);
}

const admit = (resource: Resource, old: KubeObject, write: Write): Promise<void> =>
  resource.admission.validate({
    operation: 'DELETE',
    namespace: old.metadata.namespace ?? '',
    name: old.metadata.name,
    old,
    ...admissionOf(resource, write),
  });

/** Undefined when another write came first. */
async function deleteOnce(
  resource: Resource,
  kv: KeyValue,
  old: KubeObject,
  request: DeleteRequest,
): Promise<Attempted<Deleted> | undefined> {
  const { codec, strategy, clock } = resource;
  const plan = planDelete(strategy, old, request, clock.now());
  switch (plan.kind) {
    case 'keep':
      return { result: { ...viewOfKv(codec, kv), gone: false }, wrote: 'nothing' };
    case 'mark':
      return mark(resource, kv, plan.object, request.dryRun);
    case 'remove': {
      const { dryRun } = request;
      const revision = dryRun ? kv.modRevision : await removeKey(resource, kv, old);
      if (revision === undefined) return undefined;
      const result = { ...viewOfKv(codec, kv, revision), gone: true };
      return { result, wrote: dryRun ? 'nothing' : 'removal' };
    }
  }
}

async function mark(
  { codec, storage, strategy }: Resource,
  kv: KeyValue,
  object: KubeObject,
  dryRun: boolean,
): Promise<Attempted<Deleted> | undefined> {
  if (dryRun) return { result: { ...viewOf(codec, object), gone: false }, wrote: 'nothing' };
  const value = await codec.encode(object);
  if (Buffer.compare(value, kv.value) === 0)
    return { result: { ...viewOfKv(codec, kv), gone: false }, wrote: 'nothing' };
  const stored = await settleWrite(storage, kv.key, value, () =>
    storage.update(kv.key, value, kv.modRevision, strategy.ttlSeconds),
  );
  if (stored) codec.outdated(kv);
  return stored && { result: { ...viewOfKv(codec, stored), gone: false }, wrote: stored };
}
