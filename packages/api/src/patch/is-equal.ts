import { maxNesting } from '../json.ts';
import { isFields } from '../own-field.ts';

/** Whether two JSON values are the same, whatever the order of their fields. Nothing is equal beyond the nesting bound. */
export function isEqual(a: unknown, b: unknown, levels = maxNesting): boolean {
  if (a === b) return true;
  if (levels === 0) return false;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => isEqual(item, b[index], levels - 1))
    );
  }
  if (!isFields(a) || !isFields(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name], levels - 1))
  );
}
