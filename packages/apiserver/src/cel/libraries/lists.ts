import type { Environment } from '@marcbachmann/cel-js';

type Ordered = bigint | number | string | boolean | Date;
type List = readonly Ordered[];

const isSorted = (list: List) => list.every((one, i) => i === 0 || list[i - 1]! <= one);

function extreme(list: List, name: string, isBetter: (a: Ordered, b: Ordered) => boolean): Ordered {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error(`${name} called on empty list`);
  return rest.reduce((best, one) => (isBetter(one, best) ? one : best), first);
}

function sum(list: readonly unknown[]): unknown {
  const [first] = list;
  if (typeof first === 'number') return (list as readonly number[]).reduce((a, b) => a + b, 0);
  if (typeof first === 'bigint' || first === undefined)
    return (list as readonly bigint[]).reduce((a, b) => a + b, 0n);
  throw new Error('no such overload');
}

const keyed = (value: unknown) =>
  value instanceof Date
    ? value.getTime()
    : typeof value === 'number'
      ? BigInt(Math.trunc(value))
      : value;

const indexOf = (list: readonly unknown[], wanted: unknown) =>
  BigInt(list.findIndex((one) => keyed(one) === keyed(wanted)));

const lastIndexOf = (list: readonly unknown[], wanted: unknown) =>
  BigInt(list.findLastIndex((one) => keyed(one) === keyed(wanted)));

/** Kubernetes' functions on lists. */
export function listsLibrary(environment: Environment): void {
  environment
    .registerFunction('list<A>.isSorted(): bool', isSorted)
    .registerFunction('list<A>.sum(): A', sum)
    .registerFunction('list<A>.min(): A', (list: List) => extreme(list, 'min', (a, b) => a < b))
    .registerFunction('list<A>.max(): A', (list: List) => extreme(list, 'max', (a, b) => a > b))
    .registerFunction('list<A>.indexOf(A): int', indexOf)
    .registerFunction('list<A>.lastIndexOf(A): int', lastIndexOf);
}
