import assert from 'node:assert/strict';
import { createFakeClock } from '@berth/component-base/testing';
import fc from 'fast-check';
import { createTimeline } from './timeline.ts';

describe('a timeline of revisions', () => {
  const windowMs = 1000;
  const step = fc.record({ ms: fc.nat(700), grow: fc.nat(3) });

  it('gives one that was the newest at least the window ago, and not much longer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const clock = createFakeClock();
        const timeline = createTimeline(7, clock, windowMs);
        const start = clock.monotonic();
        const seen = [{ at: start, revision: 7 }];
        for (const { ms, grow } of steps) {
          await clock.advance(ms);
          const revision = seen.at(-1)!.revision + grow;
          seen.push({ at: clock.monotonic(), revision });
          timeline.note(revision);
          const newestAt = (time: number) => seen.findLast(({ at }) => at <= time)?.revision ?? 7;
          const now = clock.monotonic();
          const before = timeline.before();
          const young = before === undefined || before <= newestAt(now - windowMs);
          assert.ok(young, 'nothing younger than the window is old');
          // Between two notes nothing is known, so the age is counted in notes.
          const older = seen.filter(({ at }) => at <= now - windowMs - windowMs / 5 - 700);
          const last = older.at(-1);
          assert.ok(!last || (before ?? 0) >= last.revision, 'what is much older is old');
        }
      }),
    );
  });
});
