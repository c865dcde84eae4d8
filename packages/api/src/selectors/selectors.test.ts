import assert from 'node:assert/strict';
import fc from 'fast-check';
import { labelValueRule, qualifiedName } from '../names.ts';
import {
  exactField,
  formatFieldSelector,
  matchesFields,
  parseFieldSelector,
} from './field-selector.ts';
import type { FieldTerm } from './field-selector.ts';
import { toSelector, validateLabelSelector } from './meta-label-selector.ts';
import { parseLabelSelector } from './parse-label-selector.ts';
import { formatSelector, matchesLabels, selectorFromLabels, sortByKey } from './selector.ts';
import type { Requirement, Selector } from './selector.ts';

const keys = fc
  .tuple(
    fc.option(fc.constantFrom('example.com/', 'a.b/')),
    fc.stringMatching(/^[a-zA-Z0-9]{1,6}$/),
  )
  .map(([prefix, name]) => (prefix ?? '') + name)
  .filter((key) => key !== 'in' && key !== 'notin' && qualifiedName(key).length === 0);
const values = fc
  .stringMatching(/^[a-z0-9]{0,5}$/)
  .filter((value) => labelValueRule(value).length === 0);
const labelSets = fc.dictionary(keys, values, { maxKeys: 4 });
const sets = fc.uniqueArray(values, { minLength: 1, maxLength: 4 }).map((list) => list.toSorted());
const integers = fc
  .integer()
  .map(String)
  .filter((text) => !text.startsWith('-'));

const requirements: fc.Arbitrary<Requirement> = fc
  .oneof(
    fc.record({
      key: keys,
      operator: fc.constantFrom('in' as const, 'notin' as const),
      values: sets,
    }),
    fc.record({
      key: keys,
      operator: fc.constantFrom('=' as const, '==' as const, '!=' as const),
      values: values.map((value) => [value]),
    }),
    fc.record({
      key: keys,
      operator: fc.constantFrom('exists' as const, '!' as const),
      values: fc.constant([]),
    }),
    fc.record({
      key: keys,
      operator: fc.constantFrom('gt' as const, 'lt' as const),
      values: integers.map((value) => [value]),
    }),
  )
  .map((requirement) => ({ ...requirement }));
const selectors: fc.Arbitrary<Selector> = fc.array(requirements, { maxLength: 5 }).map(sortByKey);

describe('label selectors', () => {
  it('are read as they are printed', () => {
    fc.assert(
      fc.property(selectors, (selector) => {
        assert.deepEqual(parseLabelSelector(formatSelector(selector)), selector);
      }),
    );
  });

  it('match the labels they were made from', () => {
    fc.assert(
      fc.property(labelSets, (labels) => matchesLabels(selectorFromLabels(labels), labels)),
    );
  });

  it('match exactly when every single requirement does', () => {
    fc.assert(
      fc.property(selectors, labelSets, (selector, labels) => {
        const each = selector.every((requirement) => matchesLabels([requirement], labels));
        return matchesLabels(selector, labels) === each;
      }),
    );
  });

  it('say no to opposites', () => {
    fc.assert(
      fc.property(keys, sets, labelSets, (key, list, labels) => {
        const inside = matchesLabels([{ key, operator: 'in', values: list }], labels);
        const outside = matchesLabels([{ key, operator: 'notin', values: list }], labels);
        return inside !== outside;
      }),
    );
  });

  const labels = { app: 'web', tier: 'front', generation: '7' };
  const matching: Readonly<Record<string, boolean>> = {
    '': true,
    'app=web': true,
    'app == web , tier!=back': true,
    'app in (db, web),!canary': true,
    'app notin (web)': false,
    tier: true,
    '!tier': false,
    'generation>6,generation<8': true,
    'generation>7': false,
    'app>1': false,
    'none=': false,
    'none!=a': true,
    'none in ()': false,
    'in in (in)': false,
    'in,notin': false,
  };
  for (const [text, expected] of Object.entries(matching)) {
    it(`${expected ? 'matches' : 'does not match'} ${text || 'the empty text'}`, () =>
      assert.equal(matchesLabels(parseLabelSelector(text), labels), expected));
  }

  const broken: Readonly<Record<string, string>> = {
    'a=b,': "found '', expected: identifier after ','",
    ',': "found ',', expected: !, identifier, or 'end of string'",
    'a b': "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    'a=b=c': "found '=', expected: ',' or 'end of string'",
    'a in b': "unable to parse requirement: found 'b' expected: '('",
    'a in (b': "unable to parse requirement: found '', expected: ',' or ')'",
    '!': "unable to parse requirement: found '', expected: identifier",
    'a>b':
      "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
    '-a': "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  };
  for (const [text, message] of Object.entries(broken)) {
    it(`refuses ${text}`, () =>
      assert.throws(() => parseLabelSelector(text), { name: 'StatusError', message }));
  }

  it('never fail in another way', () => {
    const texts = fc.string({ unit: fc.constantFrom(...Array.from('ab=!(),<> in')) });
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseLabelSelector(text);
        } catch (err) {
          assert.equal((err as Error).name, 'StatusError');
        }
      }),
    );
  });
});

describe('LabelSelector', () => {
  it('selects nothing when missing and everything when empty', () => {
    assert.equal(matchesLabels(toSelector(undefined), {}), false);
    assert.equal(matchesLabels(toSelector({}), {}), true);
  });

  it('is printed as a string for the scale subresource', () => {
    const selector = toSelector({
      matchLabels: { tier: 'front' },
      matchExpressions: [{ key: 'app', operator: 'In', values: ['b', 'a'] }],
    });
    assert.equal(formatSelector(selector ?? []), 'app in (a,b),tier=front');
  });

  it('is validated with upstream texts', () => {
    const errors = validateLabelSelector(
      {
        matchLabels: { a: '-' },
        matchExpressions: [
          { key: 'a', operator: 'In' },
          { key: 'a', operator: 'Exists', values: ['b'] },
          { key: 'a', operator: 'Gt' },
        ],
      },
      'spec.selector',
    );
    assert.deepEqual(
      errors.map(({ field, detail }) => `${field}: ${detail.slice(0, 60)}`),
      [
        'spec.selector.matchLabels: Invalid value: "-": a valid label must be an empty string or',
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or",
        "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' ",
        'spec.selector.matchExpressions[2].operator: Invalid value: "Gt": not a valid selector operator',
      ],
    );
    assert.throws(() => toSelector({ matchExpressions: [{ key: 'a', operator: 'Gt' }] }), {
      message: '"Gt" is not a valid label selector operator',
    });
  });
});

describe('field selectors', () => {
  const terms: fc.Arbitrary<FieldTerm> = fc.record({
    field: fc.constantFrom('metadata.name', 'spec.nodeName', 'a'),
    operator: fc.constantFrom('=' as const, '!=' as const),
    value: fc.string({ unit: fc.constantFrom(...Array.from('ab\\,=! ')) }),
  });

  it('are read as they are printed', () => {
    fc.assert(
      fc.property(fc.array(terms), (list) => {
        const printed = formatFieldSelector(list);
        assert.deepEqual(
          parseFieldSelector(printed).map((term) => formatFieldSelector([term])),
          list.map((term) => formatFieldSelector([term])).toSorted(),
        );
      }),
    );
  });

  it('match by the text of fields', () => {
    const fields = new Map([['status.phase', 'Running']]);
    const matches = (text: string) =>
      matchesFields(parseFieldSelector(text), (field) => fields.get(field));
    assert.ok(matches('status.phase!=Failed,status.phase!=Succeeded'));
    assert.ok(matches('status.phase==Running,spec.nodeName='));
    assert.ok(!matches('spec.nodeName=a'));
    assert.ok(matches(''));
  });

  it('know the one value they want', () => {
    const selector = parseFieldSelector('metadata.name=a,spec.nodeName!=b');
    assert.equal(exactField(selector, 'metadata.name'), 'a');
    assert.equal(exactField(selector, 'spec.nodeName'), undefined);
  });

  it('are refused in upstream words', () => {
    const broken: Readonly<Record<string, string>> = {
      a: "invalid selector: 'a'; can't understand 'a'",
      'a=b=c': 'invalid field selector: unescaped character in value: 61',
      'a=\\b': 'invalid field selector: invalid escape sequence: \\b',
      'a=b\\': 'invalid field selector: invalid escape sequence: \\',
    };
    for (const [text, message] of Object.entries(broken)) {
      assert.throws(() => parseFieldSelector(text), { name: 'StatusError', message });
    }
  });
});
