import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addQuantities,
  asMilli,
  asNumber,
  asWhole,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliQuantity,
  parseQuantity,
  quantityProblem,
  subtractQuantities,
  wholeQuantity,
} from './quantity.ts';
import type { Quantity } from './quantity.ts';

const quantities: fc.Arbitrary<Quantity> = fc.record({
  nanos: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
  format: fc.constantFrom('DecimalSI' as const, 'BinarySI' as const, 'DecimalExponent' as const),
});

describe('quantity', () => {
  const canonical: readonly (readonly [string | number, string])[] = [
    ['0', '0'],
    ['0Ki', '0'],
    ['-0', '0'],
    ['1', '1'],
    [1.5, '1500m'],
    [1e21, '1e21'],
    ['1.5', '1500m'],
    ['0.5', '500m'],
    ['1000m', '1'],
    ['100000', '100k'],
    ['1500', '1500'],
    ['0.1m', '100u'],
    ['0.0000000001', '1n'],
    ['-0.0000000001', '-1n'],
    ['1.5Gi', '1536Mi'],
    ['1024', '1024'],
    ['1024Mi', '1Gi'],
    ['100Ki', '100Ki'],
    ['0.5Ki', '512'],
    ['0.0001Ki', '102400u'],
    ['1.3Ki', '1331200m'],
    ['9999999999Ei', '9223372036854775807'],
    ['12e6', '12e6'],
    ['12E3', '12e3'],
    ['1e-3', '1e-3'],
    ['1000000E', '1000000E'],
    ['+7', '7'],
    ['.5', '500m'],
    ['5.', '5'],
  ];
  for (const [text, expected] of canonical) {
    it(`keeps ${text} as ${expected}`, () => assert.equal(canonicalQuantity(text), expected));
  }

  it('refuses other texts in upstream words', () => {
    for (const text of ['', ' 1', '1 ', 'abc', '1.1.M', '1+1.0M', '0.1mi', '.', 'Ki', '-']) {
      assert.match(quantityProblem(text) ?? '', /^(quantities must match|unable to parse)/, text);
    }
    assert.equal(
      quantityProblem('ten'),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
    assert.equal(quantityProblem('1i'), "unable to parse quantity's suffix");
    assert.equal(quantityProblem('1e999999999'), "unable to parse quantity's suffix");
    assert.throws(() => parseQuantity('ten'), { name: 'StatusError' });
  });

  it('rounds away from zero', () => {
    assert.equal(asMilli(parseQuantity('1u')), 1);
    assert.equal(asWhole(parseQuantity('1m')), 1);
    assert.equal(asWhole(parseQuantity('-1m')), -1);
    assert.equal(asNumber(parseQuantity('250m')), 0.25);
    assert.equal(formatQuantity(milliQuantity(0.2)), '1m');
    assert.equal(formatQuantity(wholeQuantity(2048, 'BinarySI')), '2Ki');
  });

  it('reads what it prints', () => {
    fc.assert(
      fc.property(quantities, (quantity) => {
        const text = formatQuantity(quantity);
        const again = parseQuantity(text);
        return again.nanos === quantity.nanos && formatQuantity(again) === text;
      }),
    );
  });

  it('orders, adds and subtracts as numbers do', () => {
    fc.assert(
      fc.property(quantities, quantities, (a, b) => {
        const sum = addQuantities(a, b);
        assert.equal(sum.nanos, addQuantities(b, a).nanos);
        assert.equal(subtractQuantities(sum, b).nanos, a.nanos);
        assert.equal(compareQuantities(a, b) + compareQuantities(b, a), 0);
        assert.equal(compareQuantities(sum, a) > 0, b.nanos > 0n);
      }),
    );
  });
});
