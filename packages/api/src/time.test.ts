import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  canonicalMicroTime,
  canonicalTime,
  formatMicroTime,
  formatTime,
  parseTime,
} from './time.ts';

describe('times', () => {
  it('are kept in UTC and whole seconds', () => {
    assert.equal(canonicalTime('2026-02-01T01:30:00.999+02:00'), '2026-01-31T23:30:00Z');
    assert.equal(canonicalTime('1969-12-31T23:59:59.500Z'), '1969-12-31T23:59:59Z');
    assert.equal(canonicalMicroTime('2026-02-01T01:30:00.1234567Z'), '2026-02-01T01:30:00.123456Z');
    assert.equal(canonicalMicroTime('2026-02-01T01:30:00Z'), '2026-02-01T01:30:00.000000Z');
  });

  it('are only RFC 3339', () => {
    for (const text of ['', 'now', '2026-01-01', '2026-02-31T00:00:00Z', '2026-01-01 00:00:00Z']) {
      assert.equal(parseTime(text), undefined, text);
    }
  });

  it('are on the calendar', () => {
    const two = (n: number) => String(n).padStart(2, '0');
    const upTo = (max: number) => fc.integer({ min: 0, max });
    fc.assert(
      fc.property(upTo(9999), upTo(13), upTo(32), upTo(24), (year, month, day, hour) => {
        const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:00:00Z`;
        const ms = Date.parse(text);
        const isSame = !Number.isNaN(ms) && formatTime(ms) === text;
        assert.equal(canonicalTime(text), isSame ? text : undefined);
      }),
      { numRuns: 2000 },
    );
  });

  it('are read as they are printed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (ms) => {
        assert.equal(parseTime(formatTime(ms)), Math.floor(ms / 1000) * 1000);
        assert.equal(parseTime(formatMicroTime(ms)), ms);
      }),
    );
  });
});
