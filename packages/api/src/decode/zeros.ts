import type { Schema } from '../schema.ts';

/** The value of a field, or nothing where the field's zero value means nothing. */
export const withoutZeros = (value: unknown, { omitsZero }: Schema): unknown =>
  omitsZero && isZero(value) ? undefined : value;

function isZero(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '' || value === 0 || value === false;
}
