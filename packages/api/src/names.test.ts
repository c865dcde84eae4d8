import assert from 'node:assert/strict';
import fc from 'fast-check';
import { generateName, randomSuffix, safeEncode } from './generate-name.ts';
import {
  asPrefix,
  cIdentifierRule,
  configMapKey,
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  envVarName,
  httpHeaderName,
  inRange,
  labelValueRule,
  pathSegment,
  percentRule,
  portName,
  portNumber,
  qualifiedName,
  relaxedEnvVarName,
  wildcardSubdomain,
} from './names.ts';
import type { NameRule } from './names.ts';

const cases: readonly (readonly [string, NameRule, readonly string[], readonly string[]])[] = [
  ['dnsSubdomain', dnsSubdomain, ['a', 'a.b-c.1'], ['', 'A', 'a..b', '-a', 'a_', 'a\n']],
  ['dnsLabel', dnsLabel, ['a', '1-a'], ['', 'a.b', 'a-', 'a'.repeat(64)]],
  ['dns1035Label', dns1035Label, ['a-1'], ['1a', '', 'a.b']],
  ['wildcardSubdomain', wildcardSubdomain, ['*.a.b'], ['a.b', '*', '*.']],
  ['pathSegment', pathSegment, ['system:node', 'A b'], ['.', '..', 'a/b', '50%']],
  ['qualifiedName', qualifiedName, ['a', 'a.b/C_d'], ['', '/a', 'a/', 'a/b/c', '-a', 'A_/b']],
  ['labelValueRule', labelValueRule, ['', 'a', 'A_b.c'], ['-', 'a b', 'a'.repeat(64)]],
  ['configMapKey', configMapKey, ['.a', 'A-b_c'], ['', '.', '..', '..a', 'a/b']],
  ['envVarName', envVarName, ['A', 'a.b-c'], ['1A', '', '..a']],
  ['relaxedEnvVarName', relaxedEnvVarName, ['1 A!'], ['', 'a=b', 'ä', '\t']],
  ['portName', portName, ['http', 'a-1'], ['', '1', 'a--b', '-a', 'A', 'a'.repeat(16)]],
  ['percentRule', percentRule, ['5%'], ['5', '%', '-5%']],
  ['httpHeaderName', httpHeaderName, ['X-A'], ['X A', '']],
  ['cIdentifierRule', cIdentifierRule, ['_a1'], ['1a', 'a-b']],
];

describe('names', () => {
  for (const [name, rule, good, bad] of cases) {
    it(`${name} tells good from bad`, () => {
      for (const value of good) assert.deepEqual(rule(value), [], value);
      for (const value of bad) assert.notDeepEqual(rule(value), [], value);
    });
  }

  it('say what is wrong in the words users know', () => {
    assert.deepEqual(dnsSubdomain('A'), [
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ]);
    assert.deepEqual(dnsLabel('a.b'), ['must not contain dots']);
    assert.deepEqual(dnsLabel('a'.repeat(64)), ['must be no more than 63 characters']);
    assert.deepEqual(qualifiedName('/a'), ['prefix part must be non-empty']);
    assert.deepEqual(labelValueRule('a b'), [
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ]);
    assert.deepEqual(portNumber(0), ['must be between 1 and 65535, inclusive']);
    assert.deepEqual(inRange(3, 1, 3), []);
  });

  it('take a trailing dash in a prefix', () => {
    assert.deepEqual(asPrefix(dnsSubdomain)('web-'), []);
    assert.notDeepEqual(dnsSubdomain('web-'), []);
    assert.deepEqual(asPrefix(pathSegment)('..'), []);
  });
});

describe('generated names', () => {
  it('are valid for every prefix that is', () => {
    const prefixes = fc.stringMatching(/^[a-z0-9][-a-z0-9]{0,80}$/);
    const randoms = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true }));
    fc.assert(
      fc.property(prefixes, randoms, (prefix, stream) => {
        const name = generateName(prefix, () => Number(stream.next().value));
        assert.deepEqual(dnsLabel(name), []);
        assert.ok(name.startsWith(prefix.slice(0, 58)));
      }),
    );
  });

  it('use the safe alphabet', () => {
    assert.equal(
      randomSuffix(() => 0),
      'bbbbb',
    );
    assert.equal(
      randomSuffix(() => 0.999_999, 3),
      '999',
    );
    assert.match(safeEncode('5f4d8c'), /^[bcdfghjklmnpqrstvwxz2456789]{6}$/);
  });
});
