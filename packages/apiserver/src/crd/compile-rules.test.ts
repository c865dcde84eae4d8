import assert from 'node:assert/strict';
import type { JSONSchemaProps } from '@berth/api';
import { compileRules } from './compile-rules.ts';

const judge = (spec: JSONSchemaProps, value: unknown, old?: unknown): readonly string[] => {
  const rules = compileRules({ type: 'object', properties: { spec: { type: 'object', ...spec } } });
  const before = old === undefined ? undefined : { spec: old };
  return rules({ spec: value }, before).map(({ field, detail }) => `${field}: ${detail}`);
};

const integer: JSONSchemaProps = { type: 'integer' };

describe('the rules of a schema', () => {
  const sum = {
    properties: { x: integer, y: integer },
    'x-kubernetes-validations': [{ rule: 'self.x + self.y > 0' }],
  };

  it('judge an object by its fields', () => {
    assert.deepEqual(judge(sum, { x: 1, y: 0 }), []);
    assert.deepEqual(judge(sum, { x: 0, y: 0 }), [
      'spec: Invalid value: "object": failed rule: self.x + self.y > 0',
    ]);
    assert.deepEqual(judge(sum, { x: 0 }), [
      'spec: Invalid value: "object": no such key: y evaluating rule: self.x + self.y > 0',
    ]);
  });

  it('compare with what was there before', () => {
    const fixed = {
      properties: { x: { ...integer, 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] } },
    };
    assert.deepEqual(judge(fixed, { x: 1 }), []);
    assert.deepEqual(judge(fixed, { x: 1 }, { x: 1 }), []);
    assert.equal(judge(fixed, { x: 1 }, { x: 2 }).length, 1);
    const rule = '!oldSelf.hasValue() || oldSelf.value().x <= self.x';
    const optional = {
      properties: { x: integer },
      'x-kubernetes-validations': [{ rule, optionalOldSelf: true, message: 'grows' }],
    };
    assert.deepEqual(judge(optional, { x: 1 }), []);
    assert.deepEqual(judge(optional, { x: 1 }, { x: 2 }), ['spec: Invalid value: "object": grows']);
  });

  it('speak with their own words and reasons, also about items and escaped fields', () => {
    const items = {
      properties: {
        list: {
          type: 'array',
          items: {
            type: 'object',
            properties: { 'a-b': integer, namespace: { type: 'string' } },
            'x-kubernetes-validations': [
              {
                rule: "self.a__dash__b > 0 && self.__namespace__ != ''",
                messageExpression: "'got ' + string(self.a__dash__b)",
                reason: 'FieldValueForbidden',
                fieldPath: '.a-b',
              },
            ],
          },
        },
      },
    };
    const value = {
      list: [
        { 'a-b': 1, namespace: 'n' },
        { 'a-b': 0, namespace: 'n' },
      ],
    };
    assert.deepEqual(judge(items, value), ['spec.list[1].a-b: Forbidden: got 0']);
  });

  it('end when they cost too much', () => {
    const list = Array.from({ length: 500 }, (_, i) => i);
    const costly = {
      properties: { list: { type: 'array', items: integer } },
      'x-kubernetes-validations': [
        { rule: 'self.list.all(a, self.list.all(b, self.list.all(c, a + b + c >= 0)))' },
      ],
    };
    assert.match(judge(costly, { list })[0] ?? '', /actual cost limit exceeded/);
  });
});
