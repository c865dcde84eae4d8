import type { FieldError, TypedLocalObjectReference } from '@berth/api';
import { required } from '@berth/api';
import { checkPathSegment, checkSubdomain } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';

/** An object of some kind, by name. */
export const checkReference = (
  path: string,
  { apiGroup, kind, name }: Given<TypedLocalObjectReference>,
): readonly FieldError[] => [
  ...(apiGroup === undefined ? [] : checkSubdomain(`${path}.apiGroup`, apiGroup)),
  ...checkSegment(`${path}.kind`, kind),
  ...checkSegment(`${path}.name`, name),
];

/** What must stand between two slashes of a path. */
export const checkSegment = (path: string, value: string | undefined): readonly FieldError[] =>
  value ? checkPathSegment(path, value) : [required(path)];
