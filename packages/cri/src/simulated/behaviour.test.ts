import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readBehaviour } from './behaviour.ts';
import { parseDuration } from './duration.ts';
import { parseUsage, usageAt, usedUntil } from './usage.ts';

describe('behaviour', () => {
  const key = (name: string) => `simulate.berth.dev/${name}`;

  it('is idle and without end when nothing is said', () => {
    const { exit, ignoreTerm, startDelayMs, cpu } = readBehaviour({}, 'main', {});
    assert.deepEqual([exit, ignoreTerm, startDelayMs], [undefined, false, 0]);
    assert.equal(usageAt(cpu, 0), 0.001);
  });

  it('takes the container before the pod before the defaults', () => {
    const annotations = { [key('exit-code.main')]: '1', [key('exit-code')]: '2' };
    const defaults = { 'exit-code': '3', 'exit-after': '1m' };
    assert.deepEqual(readBehaviour(annotations, 'main', defaults).exit, {
      afterMs: 60_000,
      code: 1,
      oom: false,
    });
    assert.equal(readBehaviour(annotations, 'side', defaults).exit?.code, 2);
    assert.equal(readBehaviour({}, 'side', defaults).exit?.code, 3);
  });

  it('ends at once when only a code is given, and with 137 when memory runs out', () => {
    assert.equal(readBehaviour({ [key('exit-code')]: '4' }, 'main', {}).exit?.afterMs, 0);
    assert.deepEqual(readBehaviour({ [key('oom-after')]: '2s' }, 'main', {}).exit, {
      afterMs: 2000,
      code: 137,
      oom: true,
    });
  });

  for (const [name, value] of [
    ['exit-code', '256'],
    ['exit-after', 'soon'],
    ['cpu', 'much'],
    ['memory', '1Mi@later'],
  ] as const) {
    it(`refuses ${name}: ${value}`, () => {
      const annotations = { [key(name)]: value };
      assert.throws(() => readBehaviour(annotations, 'main', {}), { reason: 'InvalidArgument' });
    });
  }

  it('reads durations', () => {
    const texts = ['300ms', '1.5s', '2m', '1h', '7', '', '-1s', '1d'];
    const none = undefined;
    assert.deepEqual(texts.map(parseDuration), [
      ...[300, 1500, 120_000, 3_600_000, 7000],
      ...[none, none, none],
    ]);
  });
});

describe('usage', () => {
  it('changes with age', () => {
    const usage = parseUsage('100m, 2@30s, 0@1m')!;
    assert.deepEqual(
      [0, 29_999, 30_000, 60_000].map((age) => usageAt(usage, age)),
      [0.1, 0.1, 2, 0],
    );
    assert.equal(Math.round(usedUntil(usage, 3_600_000)), 63);
  });

  it('is nothing before its first step', () => {
    const usage = parseUsage('64Mi@10s')!;
    assert.deepEqual([usageAt(usage, 9999), usageAt(usage, 10_000)], [0, 64 * 2 ** 20]);
  });

  it('never uses less with time, nor more than its highest step', () => {
    const step = fc.record({
      fromMs: fc.integer({ min: 0, max: 1e6 }),
      value: fc.integer({ min: 0, max: 64 }),
    });
    const age = fc.integer({ min: 0, max: 2e6 });
    const steps = fc.uniqueArray(step, { selector: ({ fromMs }) => fromMs });
    fc.assert(
      fc.property(steps, age, age, (unsorted, a, b) => {
        const usage = unsorted.toSorted((x, y) => x.fromMs - y.fromMs);
        const [early, late] = [Math.min(a, b), Math.max(a, b)];
        const used = usedUntil(usage, late) - usedUntil(usage, early);
        const highest = Math.max(0, ...usage.map(({ value }) => value));
        assert.ok(used >= -1e-6 && used <= (highest * (late - early)) / 1000 + 1e-6);
      }),
    );
  });
});
