import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  difference,
  emptySet,
  fieldSet,
  fieldsOf,
  intersection,
  isEqualSet,
  recursiveDifference,
  union,
} from './field-set.ts';
import type { FieldPath, FieldSet } from './field-set.ts';
import { decodeFields, encodeFields } from './fields-v1.ts';
import { formatPath } from './path-element.ts';

const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:1', 'i:0');
const path = fc.array(element, { minLength: 1, maxLength: 3 });
const set = fc.array(path, { maxLength: 6 }).map(fieldSet);
const same = (a: FieldSet, b: FieldSet) => assert.ok(isEqualSet(a, b), show(a) + ' and ' + show(b));
const show = (fields: FieldSet) => JSON.stringify(encodeFields(fields));

describe('field sets', () => {
  it('obey the laws of sets', () => {
    fc.assert(
      fc.property(set, set, set, (a, b, c) => {
        same(union(a, b), union(b, a));
        same(intersection(a, b), intersection(b, a));
        same(union(a, union(b, c)), union(union(a, b), c));
        same(union(a, a), a);
        same(intersection(a, union(b, c)), union(intersection(a, b), intersection(a, c)));
        same(difference(a, union(b, c)), difference(difference(a, b), c));
        same(union(difference(a, b), intersection(a, b)), a);
        same(difference(a, a), emptySet);
      }),
    );
  });

  it('hold exactly the fields that were put in', () => {
    fc.assert(
      fc.property(fc.array(path, { maxLength: 6 }), (paths) => {
        const held = [...fieldsOf(fieldSet(paths))].map(formatPath);
        assert.deepEqual(new Set(held), new Set(paths.map(formatPath)));
      }),
    );
  });

  it('lose what lies below a field only in a recursive difference', () => {
    const [a, ab, abc]: readonly FieldPath[] = [['f:a'], ['f:a', 'f:b'], ['f:a', 'f:b', 'f:c']];
    const fields = fieldSet([a!, ab!, abc!]);
    same(difference(fields, fieldSet([ab!])), fieldSet([a!, abc!]));
    same(recursiveDifference(fields, fieldSet([ab!])), fieldSet([a!]));
  });
});

describe('FieldsV1', () => {
  it('decodes what it encoded', () => {
    fc.assert(fc.property(set, (fields) => same(decodeFields(encodeFields(fields)), fields)));
  });

  it('is what API servers write', () => {
    const written = {
      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} }, 'f:finalizers': { 'v:"x"': {} } },
      'f:spec': {
        'f:containers': {
          'k:{"name":"a"}': {
            '.': {},
            'f:image': {},
            'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {} } },
          },
        },
      },
    };
    const fields = decodeFields(written);
    assert.deepEqual([...fieldsOf(fields)].map(formatPath), [
      '.metadata.labels',
      '.metadata.finalizers[="x"]',
      '.metadata.labels.app',
      '.spec.containers[name="a"]',
      '.spec.containers[name="a"].image',
      '.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"]',
    ]);
    const { 'f:spec': spec } = encodeFields(fields) as typeof written;
    assert.deepEqual(spec['f:containers']['k:{"name":"a"}']['f:ports'], {
      'k:{"containerPort":80,"protocol":"TCP"}': {},
    });
  });

  it('compares keys whatever their order, and drops steps that it does not know', () => {
    same(
      decodeFields({ 'k:{"b": 1,"a":"x"}': {}, 'z:later': { 'f:a': {} } }),
      fieldSet([['k:{"a":"x","b":1}']]),
    );
  });

  it('refuses what is no set', () => {
    for (const bad of [
      [],
      1,
      { a: {} },
      { 'k:[]': {} },
      { 'i:x': {} },
      { 'f:a': 1 },
      { 'v:x': {} },
    ]) {
      assert.throws(() => decodeFields(bad), JSON.stringify(bad));
    }
  });
});
