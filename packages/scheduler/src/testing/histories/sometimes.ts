import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';

/** An object with the one field in `percent` of the cases, else an empty one. */
export const sometimes = <K extends string, T>(
  percent: number,
  key: K,
  value: Arbitrary<T>,
): Arbitrary<Partial<Record<K, T>>> =>
  fc.oneof(
    { weight: 100 - percent, arbitrary: fc.constant<Partial<Record<K, T>>>({}) },
    { weight: percent, arbitrary: value.map((each) => ({ [key]: each }) as Record<K, T>) },
  );

/** One object with the fields of all. */
export const merged = <T extends object>(
  ...parts: readonly Arbitrary<Partial<T>>[]
): Arbitrary<T> => fc.tuple(...parts).map((made) => Object.assign({}, ...made) as T);

export const few = <T>(value: Arbitrary<T>, maxLength = 2): Arbitrary<T[]> =>
  fc.array(value, { minLength: 1, maxLength });
