import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readJson } from './json-reader.ts';
import { parseJson, stringifyJson } from './json.ts';
import { StatusError } from './status.ts';

const message = (text: string) => {
  try {
    parseJson(text);
  } catch (err) {
    assert.ok(err instanceof StatusError);
    assert.equal(err.status.code, 400);
    return err.message;
  }
  return undefined;
};

describe('parseJson', () => {
  it('says what is wrong with text that is not JSON', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['', 'unexpected end of JSON input'],
      ['{"a":1', 'unexpected end of JSON input'],
      ['"a', 'unexpected end of JSON input'],
      ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
      ['[1,]', "invalid character ']' looking for beginning of value"],
      ['{"a" 1}', "invalid character '1' after object key"],
      ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair"],
      ['[1 2]', "invalid character '2' after array element"],
      ['{} x', "invalid character 'x' after top-level value"],
      ["'a'", "invalid character '\\'' looking for beginning of value"],
      ['tru!', "invalid character '!' in literal true (expecting 'e')"],
      ['"a\nb"', "invalid character '\\n' in string literal"],
      ['"\\q"', "invalid character 'q' in string escape code"],
      ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
      ['-x', "invalid character 'x' in numeric literal"],
      ['1.x', "invalid character 'x' after decimal point in numeric literal"],
      ['1ex', "invalid character 'x' in exponent of numeric literal"],
      ['01', "invalid character '1' after top-level value"],
      ['1e999', 'json: cannot unmarshal number 1e999 into Go value of type float64'],
      ['['.repeat(501), 'exceeded max depth'],
      ['{"a":'.repeat(100_000), 'exceeded max depth'],
    ];
    for (const [text, expected] of cases) assert.equal(message(text), expected, text.slice(0, 40));
  });

  it('names repeated keys by their path, and lets the last one win', () => {
    const text =
      '{"spec":{"replicas":1,"replicas":2,"containers":[{},{"name":"a","name":"b"}]},"a":{"b":1},"a":{"b":1,"b":2}}';
    assert.deepEqual(parseJson(text), {
      value: { spec: { replicas: 2, containers: [{}, { name: 'b' }] }, a: { b: 2 } },
      duplicates: [
        'duplicate field "spec.replicas"',
        'duplicate field "spec.containers[1].name"',
        'duplicate field "a"',
        'duplicate field "a.b"',
      ],
    });
  });

  it('keeps integers that a double cannot hold', () => {
    for (const text of [
      '{"a":9007199254740993,"b":-9223372036854775808,"c":[1,18446744073709551615]}',
      '9007199254740991',
      '0.30000000000000004',
    ]) {
      assert.equal(stringifyJson(parseJson(text).value), text);
    }
    assert.equal(parseJson(`1${'0'.repeat(30)}`).value, 1e30);
  });

  it('treats __proto__ as a key like any other', () => {
    for (const text of [
      '{"__proto__":{"x":1}}',
      '{"__proto__":{"x":1},"__proto__":{"x":12345678901234567890}}',
    ]) {
      const { value } = parseJson(text);
      assert.ok(Object.hasOwn(value as object, '__proto__'));
      assert.equal(Object.getPrototypeOf(value), Object.prototype);
    }
  });

  it('reads bytes, and replaces what is not UTF-8', () => {
    assert.deepEqual(parseJson(Buffer.from('{"a":"é"}')).value, { a: 'é' });
    assert.deepEqual(parseJson(Uint8Array.of(0x22, 0xff, 0x22)).value, '\ufffd');
  });

  it('agrees with JSON.parse about every value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        assert.deepEqual(parseJson(text), { value: JSON.parse(text) as unknown, duplicates: [] });
        assert.deepEqual(readJson(text, 500), {
          value: JSON.parse(text) as unknown,
          duplicates: [],
        });
      }),
    );
  });

  it('accepts and refuses the same texts as JSON.parse', () => {
    const token = fc.constantFrom(
      ...'{}[]:,"\\u01.eE+-tfn \n'.split(''),
      '"a"',
      'true',
      'null',
      '12',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        const text = tokens.join('');
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          assert.notEqual(message(text), undefined, text);
          return;
        }
        const double = (value: unknown) => JSON.stringify(value);
        if (double(expected).includes('null') && /e/i.test(text)) return;
        assert.equal(double(parseJson(text).value), double(expected), text);
      }),
      { numRuns: 2000 },
    );
  });
});
