import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stringifyJson } from './json.ts';
import { StatusError } from './status.ts';
import { formatYaml, parseYaml, parseYamlDocuments } from './yaml.ts';

const read = (text: string) => parseYaml(text).value;
const message = (text: string) => {
  try {
    parseYaml(text);
  } catch (err) {
    assert.ok(err instanceof StatusError);
    assert.equal(err.status.code, 400);
    return err.message.replace('error converting YAML to JSON: ', '');
  }
  return undefined;
};

/** What kubectl 1.36 makes of each scalar, as JSON. */
const meanings: Readonly<Record<string, string>> = {
  '0644': '420',
  '0o644': '420',
  '012': '10',
  '08': '8',
  '0_7': '7',
  '0x1F': '31',
  '-0x10': '-16',
  '+0x1f': '31',
  '0b101': '5',
  '-0b11': '-3',
  '0b12': '"0b12"',
  '0o8': '"0o8"',
  '0x': '"0x"',
  '1_000': '1000',
  '1__0': '10',
  _1: '"_1"',
  '+5': '5',
  '1e3': '1000',
  '1.5e2': '150',
  '.5': '0.5',
  '-.5': '-0.5',
  '1.': '1',
  '1.2.3': '"1.2.3"',
  '1e400': '"1e400"',
  '9007199254740993': '9007199254740993',
  '-9223372036854775808': '-9223372036854775808',
  '18446744073709551615': '18446744073709551615',
  '18446744073709551616': '18446744073709552000',
  yes: 'true',
  on: 'true',
  y: 'true',
  TRUE: 'true',
  tRUE: '"tRUE"',
  no: 'false',
  Off: 'false',
  n: 'false',
  '~': 'null',
  Null: 'null',
  '': 'null',
  '12:30': '"12:30"',
  '1:2:3': '"1:2:3"',
  '2024-01-01': '"2024-01-01"',
  '2024-01-01T00:00:00Z': '"2024-01-01T00:00:00Z"',
  '<<': '"<<"',
  '=': '"="',
  inf: '"inf"',
  '"0644"': '"0644"',
  "'yes'": '"yes"',
  '!!str 12': '"12"',
  '!!int "12"': '12',
  '!!float 1': '1',
  '!!bool yes': 'true',
  '!!binary aGVsbG8=': '"hello"',
  '!foo bar': '"bar"',
  '|\n    a\n     b\n': '"a\\n b\\n"',
  '>\n    a\n    b\n\n    c\n': '"a b\\nc\\n"',
};

describe('parseYaml', () => {
  for (const [text, json] of Object.entries(meanings)) {
    it(`reads ${JSON.stringify(text)} as ${json}`, () => {
      assert.equal(stringifyJson(read(`v: ${text}\n`)), `{"v":${json}}`);
    });
  }

  it('makes every key a string', () => {
    assert.deepEqual(read('{n: a, 0x10: b, 1.5: c, 0.1: d, "n": e, <<: {f: 1}}'), {
      16: 'b',
      false: 'a',
      1.5: 'c',
      0.1: 'd',
      n: 'e',
      f: 1,
    });
  });

  it('merges mappings where << stands, the first of several winning', () => {
    const anchors = 'a: &a {p: 1, q: 1}\nb: &b {p: 2, r: 2}\n';
    const merged = (text: string) => (read(`${anchors}v: ${text}`) as { v: unknown }).v;
    assert.deepEqual(merged('{<<: *a, q: 3}'), { p: 1, q: 3 });
    assert.deepEqual(merged('{p: 3, <<: *a}'), { p: 1, q: 1 });
    assert.deepEqual(merged('{<<: [*a, *b]}'), { p: 1, q: 1, r: 2 });
    assert.deepEqual(merged('{"<<": *a}'), { '<<': { p: 1, q: 1 } });
  });

  it('treats __proto__ as a key like any other', () => {
    const value = read('{__proto__: {x: 1}}');
    assert.deepEqual(Object.keys(value as object), ['__proto__']);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  });

  it('reports repeated keys, the last one winning', () => {
    assert.deepEqual(parseYaml('a: 1\nb:\n  c: 1\n  c: 2\na: 2\n'), {
      value: { a: 2, b: { c: 2 } },
      duplicates: [
        'yaml: unmarshal errors:\n  line 4: key "c" already set in map\n  line 5: key "a" already set in map',
      ],
    });
  });

  it('says what it cannot read', () => {
    assert.equal(message('v: *x'), "yaml: unknown anchor 'x' referenced");
    assert.equal(message('v: &a [*a]'), "yaml: anchor 'a' value contains itself");
    assert.equal(
      message('v: {<<: 1}'),
      'yaml: map merge requires map or sequence of maps as the value',
    );
    assert.equal(message('v: {[a]: 1}'), 'yaml: invalid map key');
    assert.equal(message('v: {~: 1}'), 'yaml: unsupported map key: null');
    assert.equal(message('v: .inf'), 'yaml: json: unsupported value: +Inf');
    assert.equal(message('v: !!int x'), 'yaml: cannot decode `x` as a !!int');
    assert.match(message('a: 1\nv: a: b') ?? '', /^yaml: line 2: /);
  });

  it('bounds size, nesting and what aliases expand to', () => {
    assert.match(message(`v: ${'['.repeat(100_000)}`) ?? '', /nesting exceeded/);
    assert.match(message(' '.repeat(3 * 1024 * 1024 + 1)) ?? '', /more than 3145728 bytes/);
    const levels = (count: number, width: number) =>
      Array.from({ length: count }, (_, level) => {
        const item = level === 0 ? 'x' : `*a${level - 1}`;
        return `a${level}: &a${level} [${Array.from({ length: width }, () => item).join(', ')}]\n`;
      }).join('');
    assert.equal(message(levels(10, 10)), 'yaml: document contains excessive aliasing');
    assert.equal(message(levels(2000, 1)), 'yaml: exceeded max depth');
    const repeated = Array.from({ length: 100 }, () => '*a').join(', ');
    assert.equal(
      message(`a: &a ${'x'.repeat(100_000)}\nb: [${repeated}]`),
      'yaml: document contains excessive aliasing',
    );
  });

  it('reads JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/\\u[dD][89a-fA-F]|[\x7f-\x9f\ufffe\uffff\u2028\u2029\ud800-\udfff]/.test(text));
        assert.equal(stringifyJson(read(text)), text);
      }),
    );
  });
});

describe('parseYamlDocuments', () => {
  it('reads every document that holds something', () => {
    const values = (text: string) => parseYamlDocuments(text).map(({ value }) => value);
    assert.deepEqual(
      values('---\na: 1\n---\n# nothing\n---\nb: |\n  x\n  ----\n...\n---\n{"c": 1}\n'),
      [{ a: 1 }, { b: 'x\n----\n' }, { c: 1 }],
    );
    assert.deepEqual(values(''), []);
  });
});

const words =
  'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt';

describe('formatYaml', () => {
  it('prints what kubectl prints', () => {
    assert.equal(
      formatYaml({
        metadata: {
          name: 'x',
          labels: {},
          finalizers: [],
          annotations: { b: 'yes', a10: '1', a9: '0644' },
        },
        kind: 'Pod',
        spec: {
          containers: [{ name: 'a', args: ['-c', 'echo 1\necho 2\n', ''], ports: [[1, [2]], {}] }],
          nodeName: null,
        },
      }),
      [
        'kind: Pod',
        'metadata:',
        '  annotations:',
        '    a9: "0644"',
        '    a10: "1"',
        '    b: "yes"',
        '  finalizers: []',
        '  labels: {}',
        '  name: x',
        'spec:',
        '  containers:',
        '  - args:',
        '    - -c',
        '    - |',
        '      echo 1',
        '      echo 2',
        '    - ""',
        '    name: a',
        '    ports:',
        '    - - 1',
        '      - - 2',
        '    - {}',
        '  nodeName: null',
        '',
      ].join('\n'),
    );
  });

  it('quotes what would be read as something else', () => {
    const cases: readonly (readonly [unknown, string])[] = [
      ['12:30', '"12:30"'],
      ['2024-01-01', '"2024-01-01"'],
      ['2024-13-01', '2024-13-01'],
      ['1e3', '"1e3"'],
      ['~', '"~"'],
      ['<<', '<<'],
      ['- a', "'- a'"],
      ['a: b', "'a: b'"],
      ["it's: x", "'it''s: x'"],
      ['a #b', "'a #b'"],
      ['a#b', 'a#b'],
      [' a', "' a'"],
      ['a\tb', '"a\\tb"'],
      ['a \nb', '"a \\nb"'],
      ['\u{1f600}', '"\\U0001F600"'],
      ['\n', '|2+\n'],
      ['a\n\n', '|+\n  a\n'],
      [' a\nb', '|2-\n   a\n  b'],
      [1234567.5, '1.2345675e+06'],
      [0.00001, '1e-05'],
      [1e21, '1e+21'],
      [9007199254740993n, '9007199254740993'],
      [`${words} ut labore`, `${words}\n  ut labore`],
    ];
    for (const [value, text] of cases) assert.equal(formatYaml({ v: value }), `v: ${text}\n`);
  });

  it('gives long keys and keys of several lines a line of their own', () => {
    assert.equal(formatYaml({ 'a\nb': { c: 1 } }), '? |-\n  a\n  b\n: c: 1\n');
    assert.equal(formatYaml({ ['k'.repeat(129)]: 'v' }), `? ${'k'.repeat(129)}\n: v\n`);
  });

  it('prints what parseYaml reads back', () => {
    const piece = fc.constantFrom(
      ...' \n:#-?\'"\\[]{},&*!|>%@`~0123456789.+_xeno<=\t\u00a0é'.split(''),
      ...words.split(' '),
    );
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
    const leaf = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.maxSafeInteger());
    const { root } = fc.letrec((tie) => ({
      root: fc.dictionary(text, tie('value'), { maxKeys: 4 }),
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(text, tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(root, (object) => {
        assert.deepEqual(read(formatYaml(object)), JSON.parse(JSON.stringify(object)));
      }),
      { numRuns: 500 },
    );
  });
});
