import type { CrossVersionObjectReference, FieldError } from '@berth/api';
import { required } from '@berth/api';
import { checkPathSegment } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';

/** Names another object by kind and name. */
export const validateReference = (
  path: string,
  { kind, name }: Given<CrossVersionObjectReference>,
): readonly FieldError[] => [
  ...(kind ? checkPathSegment(`${path}.kind`, kind) : [required(`${path}.kind`)]),
  ...(name ? checkPathSegment(`${path}.name`, name) : [required(`${path}.name`)]),
];
