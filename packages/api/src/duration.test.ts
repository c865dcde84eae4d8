import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatDuration, humanDuration, parseDuration } from './duration.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('Go durations', () => {
  it('are read', () => {
    const texts = ['1h30m', '-1.5s', '0', '.5m', '100ms', '2us', '+1s'];
    assert.deepEqual(texts.map(parseDuration), [90 * minute, -1500, 0, 30_000, 100, 0.002, 1000]);
  });

  it('are refused in the words of Go', () => {
    const problems: Readonly<Record<string, string>> = {
      '': 'time: invalid duration ""',
      abc: 'time: invalid duration "abc"',
      '5': 'time: missing unit in duration "5"',
      '5x': 'time: unknown unit "x" in duration "5x"',
      '1s ': 'time: unknown unit "s " in duration "1s "',
    };
    for (const [text, message] of Object.entries(problems)) {
      assert.throws(() => parseDuration(text), { message });
    }
  });

  it('are printed', () => {
    const printed = [0, 100, 1500, 10 * second, 90 * second, 90 * minute, -second, 0.0015].map(
      formatDuration,
    );
    assert.deepEqual(printed, ['0s', '100ms', '1.5s', '10s', '1m30s', '1h30m0s', '-1s', '1.5µs']);
  });

  it('are read as they are printed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e12, max: 1e12 }),
        (ms) => Math.abs(parseDuration(formatDuration(ms)) - ms) < 1e-3,
      ),
    );
  });
});

describe('humanDuration', () => {
  const ages: readonly (readonly [number, string])[] = [
    [-5 * second, '<invalid>'],
    [-second, '0s'],
    [0, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [5 * minute + 10 * second, '5m10s'],
    [10 * minute + 5 * second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [3 * hour + 20 * minute, '3h20m'],
    [47 * hour, '47h'],
    [48 * hour, '2d'],
    [52 * hour, '2d4h'],
    [8 * day, '8d'],
    [700 * day, '700d'],
    [730 * day, '2y'],
    [800 * day, '2y70d'],
    [9 * 365 * day, '9y'],
  ];
  for (const [ms, expected] of ages) {
    it(`prints ${expected}`, () => assert.equal(humanDuration(ms), expected));
  }
});
