import { at, invalidValue } from './field.ts';
import type { FieldError } from './field.ts';
import type { OwnerReference } from './gen/types.ts';

/** What is wrong with the owners of an object: each must be complete, and one at most may be the controller. */
export function validateOwnerReferences(
  owners: readonly OwnerReference[],
  path: string,
): readonly FieldError[] {
  const [first, ...others] = owners.filter(({ controller }) => controller === true);
  return [
    ...owners.flatMap((owner) => validateOwner(owner, path)),
    ...others.map((other) =>
      invalidValue(
        path,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${nameOf(first)} and ${nameOf(other)}`,
      ),
    ),
  ];
}

const nameOf = (owner: OwnerReference | undefined) => `${owner?.kind ?? ''}/${owner?.name ?? ''}`;

function validateOwner(owner: OwnerReference, path: string): readonly FieldError[] {
  const missing = (['kind', 'name', 'uid'] as const).filter((field) => !owner[field]);
  // Events pile up and expire: what they owned would vanish with them.
  const isBanned = owner.apiVersion === 'v1' && owner.kind === 'Event';
  return [
    ...(versionOf(owner.apiVersion) === ''
      ? [invalidValue(at(path, 'apiVersion'), owner.apiVersion, 'version must not be empty')]
      : []),
    ...missing.map((field) => invalidValue(at(path, field), '', 'must not be empty')),
    ...(isBanned
      ? [invalidValue(path, owner, '/v1, Kind=Event is disallowed from being an owner')]
      : []),
  ];
}

const versionOf = (apiVersion: string | undefined = '') => {
  const parts = apiVersion.split('/');
  return parts.length > 2 ? '' : (parts.at(-1) ?? '');
};
