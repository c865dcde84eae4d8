import type { OwnerReference } from './gen/types.ts';
import type { KubeObject } from './object.ts';
import { apiVersionOf } from './scheme.ts';
import type { ResourceType } from './scheme.ts';

type Owned = Pick<KubeObject, 'metadata'>;

/** The one owner that manages the object, if there is one. */
export const controllerOf = (object: Owned): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find(({ controller }) => controller === true);

/** Whether `owner` manages the object; the identity decides, not the name. */
export const isControlledBy = (object: Owned, owner: Owned): boolean =>
  controllerOf(object)?.uid === owner.metadata.uid;

/** The reference by which `owner` manages an object: deleting the owner in the foreground waits for the object. */
export const controllerReference = (
  owner: Owned,
  type: Pick<ResourceType, 'group' | 'version' | 'kind'>,
): OwnerReference => ({
  apiVersion: apiVersionOf(type),
  kind: type.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});
