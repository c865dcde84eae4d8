import { parseTime, quantityProblem, compareQuantities, parseQuantity } from '@berth/api';
import { evaluatePath } from '@berth/api';
import type { Step } from '@berth/api';

/** Orders by what the path finds in each item's object, as kubectl does: numbers, times and quantities by their worth. */
export function sortByPath<T>(
  items: readonly T[],
  path: readonly Step[],
  objectOf: (item: T) => unknown,
): readonly T[] {
  return items
    .map((item) => ({ item, value: evaluatePath(path, objectOf(item))[0] }))
    .toSorted((a, b) => compareValues(a.value, b.value))
    .map(({ item }) => item);
}

/** What has no value comes first. */
function compareValues(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== 'string' || typeof b !== 'string') return 0;
  const times = [parseTime(a), parseTime(b)] as const;
  if (times[0] !== undefined && times[1] !== undefined) return times[0] - times[1];
  if (!quantityProblem(a) && !quantityProblem(b)) {
    return compareQuantities(parseQuantity(a), parseQuantity(b));
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
