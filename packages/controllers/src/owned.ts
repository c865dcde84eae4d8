import { apiVersionOf, matchesLabels } from '@berth/api';
import type { KubeObject, ObjectMeta, OwnerReference, ResourceType, Selector } from '@berth/api';

/** The reference of the one owner that manages the object, if it has one. */
export const controllerOf = ({ ownerReferences }: ObjectMeta): OwnerReference | undefined =>
  ownerReferences?.find(({ controller }) => controller);

/** A reference that makes `owner` the manager of an object. */
export const controllerReference = (type: ResourceType, owner: KubeObject): OwnerReference => ({
  apiVersion: apiVersionOf(type),
  kind: type.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

/** Index name and function: objects by the uid of their managing owner. */
export const byController = 'controller';
export const controllerIndex = ({ metadata }: KubeObject): readonly string[] => {
  const owner = controllerOf(metadata);
  return owner ? [owner.uid] : [];
};

export interface Claims<T> {
  /** Owned already, or taken over by `adopt`. */
  readonly owned: readonly T[];
  /** Match and belong to nobody: to be adopted. */
  readonly adopt: readonly T[];
  /** Owned, and no longer match: to be let go. */
  readonly release: readonly T[];
}

/** Whether an object carries the labels that `selector` asks for. */
export const selectedBy =
  (selector: Selector | undefined) =>
  ({ metadata }: KubeObject): boolean =>
    matchesLabels(selector, metadata.labels);

/**
 * Which of the objects of a namespace belong to `owner`: an orphan that `fits` is adopted, an owned object that fits no
 * longer is released. An owner that is being deleted adopts and releases nothing.
 */
export function planClaims<T extends KubeObject>(
  owner: KubeObject,
  objects: readonly T[],
  fits: (object: T) => boolean,
): Claims<T> {
  const owned: T[] = [];
  const adopt: T[] = [];
  const release: T[] = [];
  for (const object of objects) {
    const manager = controllerOf(object.metadata);
    const fitting = fits(object);
    if (manager) {
      if (manager.uid !== owner.metadata.uid) continue;
      if (fitting) owned.push(object);
      else if (!owner.metadata.deletionTimestamp) release.push(object);
    } else if (fitting && !owner.metadata.deletionTimestamp && !object.metadata.deletionTimestamp) {
      adopt.push(object);
    }
  }
  return { owned, adopt, release };
}
