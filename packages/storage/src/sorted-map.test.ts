import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareKeys, createSortedMap } from './sorted-map.ts';

const key = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '\u{ffee}', '\u{1f600}'), maxLength: 4 }),
  fc.nat(2_000).map((n) => `/k/${n}`),
);
const bytesFirst = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('a sorted map', () => {
  it('orders keys as their bytes', () => {
    fc.assert(fc.property(key, key, (a, b) => Math.sign(compareKeys(a, b)) === bytesFirst(a, b)));
  });

  it('agrees with a Map that is sorted when it is read', () => {
    const step = fc.tuple(fc.boolean(), key);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3_000, size: 'max' }), key, (steps, start) => {
        const map = createSortedMap<number>();
        const model = new Map<string, number>();
        for (const [i, [isSet, key]] of steps.entries())
          if (isSet) {
            map.set(key, i);
            model.set(key, i);
          } else assert.equal(map.delete(key), model.delete(key));
        const sorted = [...model].sort(([a], [b]) => bytesFirst(a, b));
        assert.equal(map.size, model.size);
        assert.deepEqual([...map.from('')], sorted);
        const rest = sorted.filter(([key]) => bytesFirst(key, start) >= 0);
        assert.deepEqual([...map.from(start)], rest);
        for (const prefix of ['', '/k/', '/k/1', start]) {
          const own = rest.filter(([key]) => key.startsWith(prefix));
          assert.equal(map.count(prefix, start), own.length);
          if (bytesFirst(start, prefix) < 0) continue;
          for (const most of [Infinity, 1, 300]) {
            const { keys, values } = map.run(prefix, start, most);
            assert.deepEqual(
              keys.map((key, i) => [key, values[i]]),
              own.slice(0, most),
            );
          }
        }
        for (const [key, value] of sorted) assert.equal(map.get(key), value);
        assert.equal(map.get('absent'), undefined);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps 100,000 keys, whichever way they come', () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => `/k/${String(i).padStart(6, '0')}`);
    const forward = createSortedMap<string>();
    for (const key of keys) forward.set(key, key);
    const scattered = createSortedMap<string>();
    for (let i = 0; i < keys.length; i += 1) {
      const key = keys[(i * 7_919) % keys.length]!;
      scattered.set(key, key);
    }
    assert.deepEqual([...scattered.from('')], [...forward.from('')]);
    assert.equal(scattered.count('/k/0', '/k/05'), 50_000);
    for (const key of keys) if (key.endsWith('7')) scattered.delete(key);
    assert.equal(scattered.size, 90_000);
    assert.equal(scattered.count('/k/', ''), 90_000);
  });
});
