import { alreadyExists, badRequest, invalid, isAlreadyExists, StatusError } from '@berth/api';
import type { KubeObject } from '@berth/api';
import type { Attributes } from '../admission/admission.ts';
import { admissionOf } from './admission-of.ts';
import { dedupeOwners, firstGeneration, stampNew, withMeta } from './object-meta.ts';
import { keepReservation } from './reservation.ts';
import { refOf, viewOf, viewOfKv } from './resource.ts';
import type { Resource, Write, Written } from './resource.ts';
import { settleWrite } from './store-errors.ts';
import { trackFields } from './track-fields.ts';
import { metaProblems } from './validate-meta.ts';

/** How often another random name is tried when the first ones were taken. */
const nameAttempts = 8;

/** Stores a new object. Its defaults are filled in already; names, identity and everything else happen here. */
export async function createObject(
  resource: Resource,
  draft: KubeObject,
  write: Write,
): Promise<Written> {
  if (draft.metadata.resourceVersion)
    throw badRequest('resourceVersion should not be set on objects to be created');
  const generated = !draft.metadata.name && Boolean(draft.metadata.generateName);
  for (let attempt = 1; ; attempt++) {
    try {
      return await createOnce(resource, draft, write);
    } catch (err) {
      if (!generated || !isAlreadyExists(err)) throw err;
      if (attempt === nameAttempts) throw noFreeName(err);
    }
  }
}

const noFreeName = ({ status }: StatusError) =>
  new StatusError({
    ...status,
    message: `${status.message}, the server was not able to generate a unique name for the object`,
  });

async function createOnce(resource: Resource, draft: KubeObject, write: Write): Promise<Written> {
  const { strategy } = resource;
  const context = { now: resource.clock.now(), user: write.user, warn: write.warn };
  const admitted = await admitNew(resource, stamped(resource, draft), write);
  const cleared = strategy.prepareForCreate?.(admitted, context) ?? admitted;
  const prepared = firstGeneration(cleared, strategy.generationOf);
  const reservation = await strategy.reserve?.(prepared, context);
  return keepReservation(reservation, write.dryRun, async () => {
    const object = reservation?.object ?? prepared;
    refuseInvalid(resource, object);
    strategy.warnings?.(object, undefined).forEach(write.warn);
    resource.effectWarnings(object, undefined).forEach(write.warn);
    await resource.admission.validate({ ...attributesOf(resource, object, write), object });
    return store(resource, object, write);
  });
}

function stamped({ newUid, clock, random }: Resource, draft: KubeObject): KubeObject {
  const identity = { uid: newUid(), now: clock.now(), random };
  return stampNew(draft, identity);
}

async function admitNew(resource: Resource, draft: KubeObject, write: Write): Promise<KubeObject> {
  const single = dedupeOwners(draft, write.warn);
  const tracked = trackFields(resource, { live: undefined, object: single, write });
  const attributes = attributesOf(resource, tracked, write);
  const mutated = await resource.admission.mutate(tracked, attributes);
  if (mutated === tracked) return tracked;
  const { uid, creationTimestamp } = tracked.metadata;
  const completed = resource.strategy.defaults?.(mutated) ?? mutated;
  const named = withMeta(completed, { ...completed.metadata, uid, creationTimestamp });
  return dedupeOwners(named, write.warn);
}

const attributesOf = (resource: Resource, { metadata }: KubeObject, write: Write): Attributes => ({
  operation: 'CREATE',
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  ...admissionOf(resource, write),
});

function refuseInvalid({ strategy, type }: Resource, object: KubeObject): void {
  const problems = [
    ...metaProblems(strategy, object.metadata),
    ...(strategy.validate?.(object) ?? []),
  ];
  if (problems.length > 0) throw invalid(type, object.metadata.name, problems);
}

async function store(
  { storage, codec, type, strategy, keyOf }: Resource,
  object: KubeObject,
  { dryRun }: Write,
): Promise<Written> {
  const key = keyOf(refOf(object));
  const value = await codec.encode(object);
  if (dryRun) {
    if ((await storage.get(key)).kv) throw alreadyExists(type, object.metadata.name);
    return { ...viewOf(codec, object), created: true };
  }
  const kv = await settleWrite(storage, key, value, () =>
    storage.create(key, value, strategy.ttlSeconds),
  );
  if (!kv) throw alreadyExists(type, object.metadata.name);
  return { ...viewOfKv(codec, kv), created: true };
}
