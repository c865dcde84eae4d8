import type { KubeObject, ResourceType } from '@berth/api';
import type { Client } from '@berth/client';
import { unlessNotFound } from './failures.ts';
import { controllerReference, planClaims } from './owned.ts';

export interface ClaimOptions<O extends KubeObject, T extends KubeObject> {
  readonly client: Client;
  readonly ownerType: ResourceType<O>;
  readonly owner: O;
  readonly type: ResourceType<T>;
  /** Every object of the owner's namespace that may be its own. */
  readonly candidates: readonly T[];
  readonly fits: (object: T) => boolean;
  /** What an owned object carries for as long as its owner needs it: given with adoption, taken away with release. */
  readonly finalizer?: string;
}

/**
 * The objects that `owner` owns, after it took over those that fit and belong to nobody and let go of those that fit no
 * longer. Whether it may adopt, the live owner decides, not the copy: an owner that was deleted and made anew under its
 * name is another one.
 */
export async function claimObjects<O extends KubeObject, T extends KubeObject>(
  options: ClaimOptions<O, T>,
): Promise<readonly T[]> {
  const { client, ownerType, owner, type, candidates, fits, finalizer } = options;
  const { owned, adopt, release } = planClaims(owner, candidates, fits);
  for (const { metadata } of release) {
    const patch = {
      uid: metadata.uid,
      ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }],
      ...(finalizer && { '$deleteFromPrimitiveList/finalizers': [finalizer] }),
    };
    await client.patch(type, metadata, 'strategic', { metadata: patch }).catch(unlessNotFound);
  }
  if (adopt.length === 0) return owned;
  const live = await client.get(ownerType, owner.metadata).catch(unlessNotFound);
  if (live?.metadata.uid !== owner.metadata.uid || live.metadata.deletionTimestamp) return owned;
  const adopted: T[] = [];
  for (const { metadata } of adopt) {
    const patch = {
      uid: metadata.uid,
      ownerReferences: [controllerReference(ownerType, owner)],
      ...(finalizer && { finalizers: [finalizer] }),
    };
    const now = await client
      .patch(type, metadata, 'strategic', { metadata: patch })
      .catch(unlessNotFound);
    if (now) adopted.push(now);
  }
  return [...owned, ...adopted];
}
