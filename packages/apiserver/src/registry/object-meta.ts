import { generateName, isDeepEqual } from '@berth/api';
import type { KubeObject, ObjectMeta, OwnerReference } from '@berth/api';
import { formatTime } from '@berth/component-base';
import type { Strategy } from './strategy.ts';

export interface NewIdentity {
  readonly uid: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Used when the client gave only the beginning of a name. */
  readonly random: () => number;
}

/** What the server sets on a new object, and what clients cannot set. */
export function stampNew(object: KubeObject, { uid, now, random }: NewIdentity): KubeObject {
  const {
    selfLink: _link,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    ...metadata
  } = object.metadata;
  const { generateName: prefix } = metadata;
  const name = metadata.name || (prefix ? generateName(prefix, random) : '');
  const creationTimestamp = formatTime(now);
  return withMeta(object, { ...metadata, name, uid, creationTimestamp });
}

/** What an update can never change: identity, age, and a deletion once it began. */
export function keepIdentity(object: KubeObject, old: KubeObject): KubeObject {
  const { selfLink: _link, generation: _generation, ...metadata } = object.metadata;
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation } =
    old.metadata;
  return withMeta(object, {
    ...metadata,
    uid: metadata.uid || uid,
    creationTimestamp,
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(deletionTimestamp !== undefined &&
      metadata.deletionGracePeriodSeconds === undefined &&
      deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
    ...(generation !== undefined && { generation }),
  });
}

type GenerationOf = Strategy['generationOf'];

const generated = (object: KubeObject, generationOf: GenerationOf): unknown =>
  generationOf ? generationOf(object) : (object as { readonly spec?: unknown }).spec;

/** Generation 1, for kinds that have one. */
export const firstGeneration = (object: KubeObject, generationOf: GenerationOf): KubeObject =>
  generated(object, generationOf) === undefined ? object : withGeneration(object, 1);

/** One generation more when what counts has changed. */
export function nextGeneration(
  object: KubeObject,
  old: KubeObject,
  generationOf: GenerationOf,
): KubeObject {
  const now = generated(object, generationOf);
  if (now === undefined || isDeepEqual(now, generated(old, generationOf))) return object;
  return withGeneration(object, (old.metadata.generation ?? 0) + 1);
}

const withGeneration = (object: KubeObject, generation: number): KubeObject =>
  withMeta(object, { ...object.metadata, generation });

export const withMeta = (object: KubeObject, metadata: ObjectMeta): KubeObject => ({
  ...object,
  metadata,
});

/** Drops owner references that say the same twice, and says so. */
export function dedupeOwners(object: KubeObject, warn: (text: string) => void): KubeObject {
  const owners = object.metadata.ownerReferences;
  if (!owners || owners.length < 2) return object;
  const unique = new Map<string, OwnerReference>();
  const dropped = new Set<string>();
  for (const owner of owners) {
    const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = owner;
    const key = JSON.stringify([apiVersion, kind, name, uid, controller, blockOwnerDeletion]);
    if (unique.has(key)) dropped.add(uid);
    else unique.set(key, owner);
  }
  if (dropped.size === 0) return object;
  warn(duplicateOwners([...dropped]));
  return withMeta(object, { ...object.metadata, ownerReferences: [...unique.values()] });
}

const duplicateOwners = (uids: readonly string[]) =>
  '.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may ' +
  `reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uids.join(', ')}`;
