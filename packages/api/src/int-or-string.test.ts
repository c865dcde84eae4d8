import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isPercent, scaledValue } from './int-or-string.ts';

describe('scaledValue', () => {
  it('takes numbers as they are and percentages of the total', () => {
    assert.equal(scaledValue(3, 10, 'up'), 3);
    assert.equal(scaledValue('25%', 10, 'up'), 3);
    assert.equal(scaledValue('25%', 10, 'down'), 2);
    assert.equal(scaledValue('0%', 10, 'up'), 0);
    assert.equal(scaledValue('200%', 4, 'down'), 8);
  });

  it('refuses other strings', () => {
    assert.throws(() => scaledValue('3', 10, 'up'), {
      message: 'invalid value for IntOrString: invalid type: string is not a percentage',
    });
    assert.throws(() => scaledValue('a%', 10, 'up'), {
      message:
        'invalid value for IntOrString: invalid value "a%": strconv.Atoi: parsing "a": invalid syntax',
    });
  });

  it('rounds up and down to neighbours around the exact share', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(100_000), (percent, total) => {
        const up = scaledValue(`${percent}%`, total, 'up');
        const down = scaledValue(`${percent}%`, total, 'down');
        return down * 100 <= percent * total && percent * total <= up * 100 && up - down <= 1;
      }),
    );
  });
});

describe('isPercent', () => {
  it('wants digits and one percent sign', () => {
    assert.deepEqual(['25%', '25', '%', '-1%', '1%%'].map(isPercent), [
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
