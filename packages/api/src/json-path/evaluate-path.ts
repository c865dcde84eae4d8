import { isDeepEqual } from '../deep-equal.ts';
import type { Operand, Operator, Slice, Step } from './step.ts';

/** How deep `..` looks: as deep as an object may nest. */
const maxDescent = 500;

/** Every value that the path leads to; `current` is where a path without root begins. */
export const evaluatePath = (
  path: readonly Step[],
  root: unknown,
  current: unknown = root,
): readonly unknown[] => follow(path, current, root);

function follow(path: readonly Step[], current: unknown, root: unknown): readonly unknown[] {
  let values: readonly unknown[] = [current];
  for (const step of path) values = values.flatMap((value) => take(step, value, root));
  return values;
}

function take(step: Step, value: unknown, root: unknown): readonly unknown[] {
  switch (step.kind) {
    case 'root':
      return [root];
    case 'current':
      return [value];
    case 'wildcard':
      return childrenOf(value);
    case 'descend':
      return [...descendants(value, 0)];
    case 'fields':
      return step.names.flatMap((name) => fieldOf(value, name));
    case 'slices':
      return Array.isArray(value) ? step.slices.flatMap((slice) => cut(value, slice)) : [];
    case 'filter':
      return (Array.isArray(value) ? value : []).filter((item) =>
        step.test
          ? compare(
              step.test.operator,
              operand(step.left, item, root),
              operand(step.test.right, item, root),
            )
          : operand(step.left, item, root) !== undefined,
      );
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function childrenOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

const fieldOf = (value: unknown, name: string): readonly unknown[] =>
  isObject(value) && Object.hasOwn(value, name) ? [value[name]] : [];

function* descendants(value: unknown, depth: number): Iterable<unknown> {
  if (depth > maxDescent || typeof value !== 'object' || value === null) return;
  yield value;
  for (const child of childrenOf(value)) yield* descendants(child, depth + 1);
}

function cut(list: readonly unknown[], { start, end, step = 1, isIndex }: Slice) {
  if (isIndex) {
    const item = list.at(start ?? 0);
    return item === undefined ? [] : [item];
  }
  return list.slice(start ?? 0, end).filter((_, i) => i % step === 0);
}

const operand = (side: Operand, item: unknown, root: unknown): unknown =>
  side.kind === 'literal' ? side.value : follow(side.path, item, root)[0];

function compare(operator: Operator, left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined) return false;
  if (operator === '==' || operator === '!=') {
    return isDeepEqual(left, right) === (operator === '==');
  }
  const order = orderOf(left, right);
  if (order === undefined) return false;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** Undefined for what has no order: values of two kinds, objects. */
function orderOf(left: unknown, right: unknown): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') {
    return left < right ? -1 : left > right ? 1 : 0;
  }
  return undefined;
}
