import { duplicate, required } from '@berth/api';
import type { FieldError } from '@berth/api';

/** Conditions have a type, each of them once. */
export function checkConditionTypes(
  conditions: readonly { readonly type?: string }[] = [],
): readonly FieldError[] {
  const types = conditions.map(({ type = '' }) => type);
  return types.flatMap((type, i) => {
    const path = `status.conditions[${i}].type`;
    return [
      ...(types.indexOf(type) < i ? [duplicate(path, type)] : []),
      ...(type === '' ? [required(path, 'must not be empty')] : []),
    ];
  });
}
