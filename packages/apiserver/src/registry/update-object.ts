import { conflict, invalid, isDeepEqual, notFound } from '@berth/api';
import type { FieldError, KubeObject, ObjectRef } from '@berth/api';
import type { KeyValue } from '@berth/storage';
import type { Attributes } from '../admission/admission.ts';
import { admissionOf } from './admission-of.ts';
import { atRevision } from './codec.ts';
import { createObject } from './create-object.ts';
import { isReadyToGo } from './delete-plan.ts';
import { dedupeOwners, keepIdentity, nextGeneration } from './object-meta.ts';
import { onNewest } from './on-newest.ts';
import type { Attempted } from './on-newest.ts';
import { removeKey } from './remove-key.ts';
import { keepReservation } from './reservation.ts';
import { viewOf, viewOfKv } from './resource.ts';
import type { Resource, Write, Written } from './resource.ts';
import { settleWrite } from './store-errors.ts';
import type { StrategyContext } from './strategy.ts';
import { trackFields } from './track-fields.ts';
import { metaUpdateProblems } from './validate-meta.ts';

/** One way to update: the object itself, its status, or what another subresource lets through. */
export interface UpdateRules {
  /** What an update through this door may change; the rest comes from `old`. */
  readonly prepare: (object: KubeObject, old: KubeObject, context: StrategyContext) => KubeObject;
  readonly validate: (object: KubeObject, old: KubeObject) => readonly FieldError[];
  /** Called around the write, where the door lets addresses change. */
  readonly reserve?: Resource['strategy']['reserveForUpdate'];
}

export interface UpdateRequest {
  readonly ref: ObjectRef;
  /**
   * The object to be, made from the present one; it is called again with the newer object when the write lost a
   * race.
   */
  readonly change: (old: KubeObject) => KubeObject | Promise<KubeObject>;
  readonly rules: UpdateRules;
  /** A change without resourceVersion is taken. */
  readonly unconditional: boolean;
  /** Makes the object when there is none; NotFound when absent. */
  readonly create?: () => KubeObject | Promise<KubeObject>;
}

/** Reads, changes and writes one object until no other write came in between. Nothing is written when nothing changed. */
export async function updateObject(
  resource: Resource,
  request: UpdateRequest,
  write: Write,
): Promise<Written> {
  const key = resource.keyOf(request.ref);
  const attempt = (kv: KeyValue) => updateOnce(resource, request, write, kv);
  const written = await onNewest(resource, key, attempt, write.lifetime);
  if (written) return written;
  if (!request.create) throw notFound(resource.type, request.ref.name);
  return createObject(resource, await request.create(), write);
}

/** Undefined when the race was lost. */
async function updateOnce(
  resource: Resource,
  request: UpdateRequest,
  write: Write,
  kv: KeyValue,
): Promise<Attempted<Written> | undefined> {
  const { strategy, clock } = resource;
  const { rules } = request;
  const context = { now: clock.now(), user: write.user, warn: write.warn };
  const old = resource.codec.decode(kv);
  const changed = await request.change(old);
  refuseStale(resource, changed, old, request.unconditional);
  const admitted = await admitChange(resource, { changed, old, write });
  const allowed = rules.prepare(keepIdentity(admitted, old), old, context);
  // Only what is wanted has generations: a status tells how far they have come.
  const prepared =
    write.subresource === 'status' ? allowed : nextGeneration(allowed, old, strategy.generationOf);
  const reservation = await rules.reserve?.(prepared, old, context);
  return keepReservation(reservation, write.dryRun, async () => {
    const object = reservation?.object ?? prepared;
    refuseInvalid(resource, rules, object, old);
    strategy.warnings?.(object, old).forEach(write.warn);
    if (!write.subresource) resource.effectWarnings(object, old).forEach(write.warn);
    await resource.admission.validate(attributesOf(resource, { object, old, write }));
    return store(resource, { kv, object, old, write });
  });
}

function refuseStale(
  { type }: Resource,
  { metadata }: KubeObject,
  { metadata: old }: KubeObject,
  unconditional: boolean,
): void {
  if (metadata.uid && metadata.uid !== old.uid)
    throw conflict(
      type,
      old.name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.uid}`,
    );
  if (!metadata.resourceVersion) {
    if (unconditional) return;
    throw invalid(type, old.name, [
      {
        type: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        detail: 'Invalid value: 0x0: must be specified for an update',
      },
    ]);
  }
  if (metadata.resourceVersion !== old.resourceVersion)
    throw conflict(type, old.name, modifiedMeanwhile);
}

/** The words by which clients know that they should read again and retry. */
const modifiedMeanwhile =
  'the object has been modified; please apply your changes to the latest version and try again';

interface Change {
  readonly changed: KubeObject;
  readonly old: KubeObject;
  readonly write: Write;
}

async function admitChange(
  resource: Resource,
  { changed, old, write }: Change,
): Promise<KubeObject> {
  const single = dedupeOwners(changed, write.warn);
  const tracked = trackFields(resource, { live: old, object: single, write });
  const attributes = attributesOf(resource, { object: tracked, old, write });
  const mutated = await resource.admission.mutate(tracked, attributes);
  return mutated === tracked ? tracked : (resource.strategy.defaults?.(mutated) ?? mutated);
}

interface Next {
  readonly object: KubeObject;
  readonly old: KubeObject;
  readonly write: Write;
}

const attributesOf = (resource: Resource, { object, old, write }: Next): Attributes => ({
  operation: 'UPDATE',
  namespace: old.metadata.namespace ?? '',
  name: old.metadata.name,
  object,
  old,
  ...admissionOf(resource, write),
});

function refuseInvalid(
  { type }: Resource,
  rules: UpdateRules,
  object: KubeObject,
  old: KubeObject,
): void {
  const problems = [
    ...metaUpdateProblems(object.metadata, old.metadata),
    ...rules.validate(object, old),
  ];
  if (problems.length > 0) throw invalid(type, old.metadata.name, problems);
}

async function store(
  resource: Resource,
  { kv, object, old, write }: Next & { readonly kv: KeyValue },
): Promise<Attempted<Written> | undefined> {
  const { codec, storage, strategy } = resource;
  const value = await codec.encode(object);
  if (!kv.stale && isSame(value, kv, object, old))
    return { result: { ...viewOfKv(codec, kv), created: false }, wrote: 'nothing' };
  if (write.dryRun) {
    const view = viewOf(codec, atRevision(object, kv.modRevision));
    return { result: { ...view, created: false }, wrote: 'nothing' };
  }
  if (isReadyToGo(strategy, object)) return removeInstead(resource, kv, object);
  const stored = await settleWrite(storage, kv.key, value, () =>
    storage.update(kv.key, value, kv.modRevision, strategy.ttlSeconds),
  );
  if (stored) codec.outdated(kv);
  return stored && { result: { ...viewOfKv(codec, stored), created: false }, wrote: stored };
}

/** Key order may differ, so equal lengths are looked at once more. */
function isSame(value: Uint8Array, kv: KeyValue, object: KubeObject, old: KubeObject): boolean {
  if (value.length !== kv.value.length) return false;
  if (Buffer.compare(value, kv.value) === 0) return true;
  const { resourceVersion } = old.metadata;
  return isDeepEqual({ ...object, metadata: { ...object.metadata, resourceVersion } }, old);
}

/** The update took away the last thing that kept a deleted object alive. */
async function removeInstead(
  resource: Resource,
  kv: KeyValue,
  object: KubeObject,
): Promise<Attempted<Written> | undefined> {
  const revision = await removeKey(resource, kv, object);
  if (revision === undefined) return undefined;
  const view = viewOf(resource.codec, atRevision(object, revision));
  return { result: { ...view, created: false }, wrote: 'removal' };
}
