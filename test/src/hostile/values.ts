import { resolveSchema } from '@berth/api';
import type { Schema } from '@berth/api';
import fc from 'fast-check';

const pumps = ['a', '-', '.', 'a.', '1', '/', ' ', '{{', '\\', '\u00e9'].map((part) =>
  part.repeat(4_000),
);

/** Keys that mean something to JavaScript. */
const trapKeys = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'then'];

const nested = (depth: number): unknown => {
  let value: unknown = 'deep';
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};

/** An object with a key of its own that an assignment would not give it. */
const withTrap = (key: string, value: unknown): unknown =>
  JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`);

const trap = fc
  .constantFrom(...trapKeys)
  .chain((key) =>
    fc
      .constantFrom<unknown>({ polluted: 'yes' }, 'yes', null, ['yes'])
      .map((value) => withTrap(key, value)),
  );

/** Values that fit few fields. */
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, '', [], {}, [null], [[]], { '': '' }, ' ', '\u0000'),
  fc.constantFrom<unknown>(-1, 0, 1.5, 2 ** 31, 2 ** 53, 1e308, -1e308, 5e-324),
  fc.constantFrom(
    '99999999999999999999',
    '1e400',
    'NaN',
    '-0',
    '0x10',
    '\ud800',
    '2024-02-30T25:61:61Z',
  ),
  fc.constantFrom(...pumps),
  fc.integer({ min: 20, max: 400 }).map(nested),
  fc.string({ unit: 'binary', maxLength: 30 }),
  trap,
  fc.jsonValue({ maxDepth: 3 }),
);

/** A value as `schema` says, with something odd in a few places of it. */
export function nearly(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 1, arbitrary: oddValue },
    {
      weight: depth < 7 ? 20 : 0,
      arbitrary: fc.constant(undefined).chain(() => fitting(schema, depth)),
    },
  );
}

function fitting(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const { type, properties, items, additionalProperties, enum: names } = resolveSchema(schema);
  if (names) return fc.constantFrom(...names);
  if (properties) return someOf(properties, depth);
  if (items) return fc.array(nearly(items, depth + 1), { maxLength: 2 });
  if (additionalProperties)
    return fc.dictionary(
      fc.oneof(fc.constantFrom('a', 'app', ...trapKeys), fc.string({ maxLength: 5 })),
      nearly(additionalProperties, depth + 1),
      { maxKeys: 2 },
    );
  switch (type) {
    case 'integer':
    case 'number':
      return fc.integer({ min: -2, max: 70_000 });
    case 'boolean':
      return fc.boolean();
    default:
      return fc.constantFrom('a', 'name-1', '100m', '10%', 'TCP', 'Always', '10.0.0.1', '8080');
  }
}

/** A few of the fields, so that bodies stay small while every field has its turn. */
function someOf(properties: NonNullable<Schema['properties']>, depth: number) {
  const all = Object.entries(properties);
  return fc
    .subarray(all, { maxLength: Math.min(all.length, depth === 0 ? 5 : 3) })
    .chain((fields) =>
      fc.record(
        Object.fromEntries(fields.map(([name, field]) => [name, nearly(field, depth + 1)])),
      ),
    );
}
