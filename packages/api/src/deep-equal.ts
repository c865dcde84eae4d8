/**
 * Whether two parts of decoded objects say the same: the order of fields does not count, and a missing field, null
 * and an empty list are the same. An empty object is a value of its own (`emptyDir: {}`).
 */
export function isDeepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && areListsEqual(a, b);
  }
  return isRecord(a) && isRecord(b) && areRecordsEqual(a, b);
}

const isNothing = (value: unknown) =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const areListsEqual = (a: readonly unknown[], b: readonly unknown[]) =>
  a.length === b.length && a.every((item, index) => isDeepEqual(item, b[index]));

function areRecordsEqual(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): boolean {
  const own = (record: Readonly<Record<string, unknown>>, key: string) =>
    Object.hasOwn(record, key) ? record[key] : undefined;
  return (
    Object.keys(a).every((key) => isDeepEqual(a[key], own(b, key))) &&
    Object.keys(b).every((key) => Object.hasOwn(a, key) || isNothing(b[key]))
  );
}
