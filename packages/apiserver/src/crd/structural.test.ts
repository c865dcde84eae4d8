import assert from 'node:assert/strict';
import type { JSONSchemaProps } from '@berth/api';
import fc from 'fast-check';
import { applyDefaults } from './defaults.ts';
import { prune } from './prune.ts';
import { validateValue } from './validate-value.ts';

const names = fc.constantFrom('a', 'b', 'c', '__proto__');

/** Structural schemas, some with defaults that they take themselves. */
const schemas: fc.Arbitrary<JSONSchemaProps> = fc.letrec<{ schema: JSONSchemaProps }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.record(
      {
        type: fc.constant('string'),
        default: fc.constantFrom('x', 'y'),
        nullable: fc.boolean(),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ type: fc.constant('integer') }),
    fc.constant<JSONSchemaProps>({ 'x-kubernetes-preserve-unknown-fields': true }),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    fc.record({ type: fc.constant('object'), additionalProperties: tie('schema') }),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(names, tie('schema')),
        default: fc.constant({}),
        'x-kubernetes-preserve-unknown-fields': fc.constant(true),
        'x-kubernetes-embedded-resource': fc.constant(true),
      },
      { requiredKeys: ['type', 'properties'] },
    ),
  ),
})).schema;

const values = fc.jsonValue({ maxDepth: 4 });

describe('structural schemas', () => {
  it('prune once and for all', () => {
    fc.assert(
      fc.property(schemas, values, fc.boolean(), (schema, value, isObject) => {
        const once = prune(value, schema, isObject).value;
        assert.deepEqual(prune(once, schema, isObject), { value: once, unknownFields: [] });
      }),
    );
  });

  it('fill in defaults once and for all', () => {
    fc.assert(
      fc.property(schemas, values, fc.boolean(), (schema, value, isObject) => {
        const once = applyDefaults(value, schema, isObject);
        assert.deepEqual(applyDefaults(once, schema, isObject), once);
      }),
    );
  });

  it('hold nothing against what was there before', () => {
    fc.assert(
      fc.property(schemas, values, (schema, value) => {
        assert.deepEqual(value === null ? [] : validateValue(value, schema, { old: value }), []);
      }),
    );
  });

  it('keep what may be unknown, and the metadata of objects in objects', () => {
    const schema: JSONSchemaProps = {
      type: 'object',
      properties: {
        free: {
          'x-kubernetes-preserve-unknown-fields': true,
          properties: { known: { type: 'object' } },
        },
        inner: { type: 'object', 'x-kubernetes-embedded-resource': true, properties: {} },
        map: { type: 'object', additionalProperties: { type: 'object' } },
      },
    };
    const value = {
      free: { any: { thing: 1 }, known: { lost: 1 } },
      inner: { kind: 'A', metadata: { name: 'a', odd: 1 }, lost: 1 },
      map: { a: { lost: 1 } },
      list: [],
    };
    assert.deepEqual(prune(value, schema), {
      value: {
        free: { any: { thing: 1 }, known: {} },
        inner: { kind: 'A', metadata: { name: 'a' } },
        map: { a: {} },
      },
      unknownFields: [
        'unknown field "free.known.lost"',
        'unknown field "inner.metadata.odd"',
        'unknown field "inner.lost"',
        'unknown field "map.a.lost"',
        'unknown field "list"',
      ],
    });
  });

  it('default in defaults, and take a null that may not stand for nothing', () => {
    const schema: JSONSchemaProps = {
      type: 'object',
      properties: {
        a: { type: 'object', default: {}, properties: { b: { type: 'string', default: 'x' } } },
        n: { type: 'string', nullable: true, default: 'x' },
        o: { type: 'string' },
      },
    };
    assert.deepEqual(applyDefaults({ n: null, o: null, a: null }, schema), {
      n: null,
      a: { b: 'x' },
    });
  });

  const text = (value: unknown, schema: JSONSchemaProps, old?: unknown) =>
    validateValue({ v: value }, { type: 'object', properties: { v: schema } }, { old }).map(
      ({ field, detail }) => `${field}: ${detail}`,
    );

  const cases: readonly (readonly [unknown, JSONSchemaProps, string])[] = [
    [11, { maximum: 10 }, 'Invalid value: 11: v in body should be less than or equal to 10'],
    [
      1,
      { minimum: 1, exclusiveMinimum: true },
      'Invalid value: 1: v in body should be greater than 1',
    ],
    [5, { multipleOf: 2 }, 'Invalid value: 5: v in body should be a multiple of 2'],
    ['ab', { minLength: 3 }, 'Invalid value: "ab": v in body should be at least 3 chars long'],
    ['abc', { maxLength: 2 }, 'Too long: may not be more than 2 bytes'],
    [
      [1],
      { type: 'array', minItems: 2 },
      'Invalid value: [1]: v in body should have at least 2 items',
    ],
    [[1, 2], { type: 'array', maxItems: 1 }, 'Too many: 2: must have at most 1 item'],
    ['x', { format: 'date-time' }, 'Invalid value: "x": v in body must be of type date-time: "x"'],
    [null, { type: 'string' }, 'Invalid value: "null": v in body must be of type string: "null"'],
    [
      1.5,
      { type: 'integer' },
      'Invalid value: "number": v in body must be of type integer: "number"',
    ],
    [
      3,
      { anyOf: [{ minimum: 5 }, { maximum: 1 }] },
      'Invalid value: 3: "v" must validate at least one schema (anyOf)',
    ],
    [3, { not: { minimum: 2 } }, 'Invalid value: 3: "v" must not validate the schema (not)'],
    [
      3,
      { oneOf: [{ minimum: 1 }, { maximum: 5 }] },
      'Invalid value: 3: "v" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
  ];
  for (const [value, schema, message] of cases) {
    it(`say ${message}`, () => assert.deepEqual(text(value, schema), [`v: ${message}`]));
  }

  it('let an object keep what has become wrong', () => {
    const schema: JSONSchemaProps = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: { type: 'object', properties: { k: { type: 'string' }, n: { maximum: 1 } } },
    };
    const old = {
      v: [
        { k: 'a', n: 5 },
        { k: 'b', n: 5 },
      ],
    };
    assert.deepEqual(
      text(
        [
          { k: 'b', n: 6 },
          { k: 'a', n: 5 },
        ],
        schema,
        old,
      ),
      ['v[0].n: Invalid value: 6: v[0].n in body should be less than or equal to 1'],
    );
  });
});
