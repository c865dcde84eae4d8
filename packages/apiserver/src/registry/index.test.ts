import assert from 'node:assert/strict';
import { decode, definition, definitionNameOf, resourceTypes } from '@berth/api';
import type { KubeObject, Schema } from '@berth/api';
import { createdAt } from '@berth/api/testing';
import fc from 'fast-check';
import { strategies } from './index.ts';
import type { Strategy, StrategyContext } from './strategy.ts';

const now = Date.parse(createdAt) + 60_000;
const context: StrategyContext = { now, user: { name: 'a', groups: [] }, warn: () => {} };

const definitionOf = ({ type }: Strategy) => definitionNameOf(type) ?? '';

/** Words that mean something somewhere, and some that mean nothing. */
const words = fc.constantFrom(
  ...[
    '',
    'a',
    'Not A Name',
    '..',
    '/x',
    '10.0.0.1',
    '::1',
    'None',
    'Always',
    'ClusterIP',
    'Exists',
  ],
  ...['ExternalName', 'LoadBalancer', 'Local', 'In', 'Resource', 'cpu', 'Localhost', 'Recreate'],
);
const quantities = fc.constantFrom('1', '100m', '1Gi', '-1', '0', '1500u');

/** Any value that decoding lets through: every field may be missing, every text may be anything. */
function anything(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.ref !== undefined) {
    return depth > 9 ? fc.constant({}) : anything(definition(schema.ref) ?? {}, depth);
  }
  switch (schema.type) {
    case 'array':
      return fc.array(anything(schema.items ?? {}, depth + 1), { maxLength: 2 });
    case 'object':
      return schema.properties
        ? struct(schema.properties, depth)
        : fc.dictionary(words, anything(schema.additionalProperties ?? {}, depth + 1), {
            maxKeys: 2,
          });
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return fc.integer({ min: -2, max: 200 });
    case 'int-or-string':
      return fc.oneof(fc.integer({ min: -1, max: 9 }), fc.constantFrom('25%', 'web', ''));
    default:
      if (schema.format === 'quantity') return quantities;
      return schema.format?.endsWith('-time') ? fc.constant(createdAt) : words;
  }
}

const struct = (properties: Readonly<Record<string, Schema>>, depth: number) =>
  fc.record(
    Object.fromEntries(
      Object.entries(properties)
        .filter(([key]) => key !== 'metadata' && key !== 'apiVersion' && key !== 'kind')
        .map(([key, schema]) => [key, anything(schema, depth + 1)]),
    ),
    { requiredKeys: [] },
  );

const objectsOf = (strategy: Strategy): fc.Arbitrary<KubeObject> =>
  fc
    .tuple(
      anything({ ref: definitionOf(strategy) }, 0),
      fc.dictionary(fc.constantFrom('app', 'x'), words, { maxKeys: 2 }),
    )
    .map(([value, labels]) => {
      const { object } = decode(value, definitionOf(strategy));
      const metadata = {
        name: 'a',
        ...(strategy.type.namespaced && { namespace: 'default' }),
        uid: 'u',
        resourceVersion: '1',
        creationTimestamp: createdAt,
        labels,
      };
      return { ...(object as KubeObject), metadata };
    });

describe('strategies', () => {
  it('serve every resource of the scheme, in its order', () => {
    assert.deepEqual(
      strategies.map(({ type }) => type),
      resourceTypes,
    );
  });

  for (const strategy of strategies) {
    const { defaults = (object: KubeObject) => object, type } = strategy;
    const name = `${type.resource} ${type.group}/${type.version}`;

    it(`${name}: defaults are filled in once and for all`, () => {
      fc.assert(
        fc.property(objectsOf(strategy), (object) => {
          const complete = defaults(object);
          assert.deepEqual(defaults(complete), complete);
        }),
        { numRuns: 50 },
      );
    });

    it(`${name}: whatever was decoded gives field errors and cells, never an exception`, () => {
      fc.assert(
        fc.property(objectsOf(strategy), objectsOf(strategy), (first, second) => {
          const old = defaults(first);
          const created = strategy.prepareForCreate?.(old, context) ?? old;
          const raw = defaults(second);
          const updated = strategy.prepareForUpdate?.(raw, created, context) ?? raw;
          const problems = [
            ...(strategy.validate?.(created) ?? []),
            ...(strategy.validateUpdate?.(updated, created) ?? []),
            ...(strategy.status?.validateUpdate?.(raw, created) ?? []),
          ];
          for (const { field, detail } of problems) {
            assert.match(field, /^\S.*$|^\{/);
            assert.match(
              detail,
              /^(Required|Invalid|Duplicate|Unsupported) value|^Forbidden|^Not found|^Too/,
            );
          }
          for (const { cell } of strategy.columns) {
            assert.match(typeof cell(raw, now), /^(string|number|boolean)$/);
          }
          strategy.warnings?.(updated, created);
          strategy.generationOf?.(updated);
          strategy.deletionGrace?.(updated, undefined);
          const fields = strategy.selectableFields?.(updated) ?? {};
          assert.deepEqual(Object.keys(fields).sort(), [...(strategy.selectable ?? [])].sort());
        }),
        { numRuns: 100 },
      );
    });
  }
});
