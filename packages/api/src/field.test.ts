import assert from 'node:assert/strict';
import {
  at,
  atKey,
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
  valueNotFound,
} from './field.ts';

describe('field paths', () => {
  it('join fields with dots and put indexes and keys in brackets', () => {
    assert.equal(at('spec', 'containers', 0, 'name'), 'spec.containers[0].name');
    assert.equal(at('', 'spec'), 'spec');
    assert.equal(atKey(at('metadata', 'labels'), 'a/b'), 'metadata.labels[a/b]');
  });
});

describe('field errors', () => {
  it('read as upstream words them', () => {
    const details = [
      required('f'),
      required('f', 'name it'),
      invalidValue('f', 'a"b\n', 'no'),
      invalidValue('f', -1, 'must be positive'),
      invalidValue('f', undefined, 'no'),
      invalidValue('f', { a: [1] }, ''),
      typeInvalid('f', true, 'must be a string'),
      duplicate('f', 'x'),
      valueNotFound('f', 'x'),
      forbiddenField('f', 'never'),
      notSupported('f', 'c', ['a', 'b']),
      tooLong('f', 63),
      tooMany('f', 3, 1),
    ].map(({ detail }) => detail);
    assert.deepEqual(details, [
      'Required value',
      'Required value: name it',
      'Invalid value: "a\\"b\\n": no',
      'Invalid value: -1: must be positive',
      'Invalid value: null: no',
      'Invalid value: {"a":[1]}',
      'Invalid value: true: must be a string',
      'Duplicate value: "x"',
      'Not found: "x"',
      'Forbidden: never',
      'Unsupported value: "c": supported values: "a", "b"',
      'Too long: may not be more than 63 bytes',
      'Too many: 3: must have at most 1 item',
    ]);
  });
});
