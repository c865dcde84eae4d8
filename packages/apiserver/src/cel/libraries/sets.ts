import type { Environment } from '@marcbachmann/cel-js';
import { toJson } from '../values.ts';
import { registerNamespace } from './namespace.ts';

type List = readonly unknown[];

/** Equal values have equal keys. */
const keyOf = (value: unknown): string =>
  JSON.stringify(toJson(value), (_key, inner: unknown) =>
    typeof inner === 'bigint' ? String(inner) : sorted(inner),
  );

const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

const keysOf = (list: List) => new Set(list.map(keyOf));

function containsAll(list: List, wanted: List): boolean {
  const keys = keysOf(list);
  return wanted.every((one) => keys.has(keyOf(one)));
}

function intersects(list: List, other: List): boolean {
  const keys = keysOf(list);
  return other.some((one) => keys.has(keyOf(one)));
}

/** Lists as sets: `sets.contains(a, b)`. */
export function setsLibrary(environment: Environment): void {
  const sets = registerNamespace(environment, 'sets');
  const signature = (name: string) => `${sets}.${name}(list<A>, list<A>): bool`;
  environment
    .registerFunction(signature('contains'), (_: unknown, a: List, b: List) => containsAll(a, b))
    .registerFunction(signature('intersects'), (_: unknown, a: List, b: List) => intersects(a, b))
    .registerFunction(
      signature('equivalent'),
      (_: unknown, a: List, b: List) => containsAll(a, b) && containsAll(b, a),
    );
}
