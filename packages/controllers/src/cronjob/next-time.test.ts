import assert from 'node:assert/strict';
import { parseSchedule } from '@berth/api';
import fc from 'fast-check';
import { nextTime } from './next-time.ts';
import { formatWallTime, wallTime } from './wall-time.ts';

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'];
const minuteMs = 60_000;
const at = (text: string) => Date.parse(text);
const next = (schedule: string, after: string, zone = 'UTC') => {
  const time = nextTime(parseSchedule(schedule), at(after), zone);
  return time === undefined ? undefined : new Date(time).toISOString().slice(0, 16);
};

const field = (min: number, max: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min, max }).map(String),
    fc.integer({ min: 2, max: 7 }).map((step) => `*/${step}`),
  );

describe('nextTime', () => {
  it('is the first minute that fits, whatever the clocks do', () => {
    const schedules = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(0, 6));
    // Days around the changes of the clocks, as well as others.
    const starts = fc.constantFrom(
      '2026-03-27',
      '2026-10-23',
      '2026-03-06',
      '2026-10-30',
      '2026-04-03',
      '2026-07-01',
    );
    fc.assert(
      fc.property(
        schedules,
        starts,
        fc.nat(2 * 1440),
        fc.constantFrom(...zones),
        ([minute, hour, day, weekday], start, offset, zone) => {
          const schedule = parseSchedule(`${minute} ${hour} ${day} * ${weekday}`);
          assert.ok(schedule.kind === 'times');
          const after = at(`${start}T00:00:00Z`) + offset * minuteMs;
          const found = nextTime(schedule, after, zone);
          const fits = (time: number) => {
            const wall = wallTime(time, zone);
            const byMonth = schedule.dayOfMonth.values.has(wall.day);
            const byWeek = schedule.dayOfWeek.values.has(wall.weekday);
            const either = !schedule.dayOfMonth.isAny && !schedule.dayOfWeek.isAny;
            return (
              schedule.minute.values.has(wall.minute) &&
              schedule.hour.values.has(wall.hour) &&
              (either ? byMonth || byWeek : byMonth && byWeek)
            );
          };
          assert.ok(found !== undefined && found > after && fits(found));
          const last = Math.min(found, after + 3 * 1440 * minuteMs);
          for (let t = after + minuteMs; t < last; t += minuteMs) assert.equal(fits(t), false);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('follows the clocks of a place', () => {
    assert.equal(next('30 9 * * 1-5', '2026-01-02T09:30:00Z'), '2026-01-05T09:30');
    assert.equal(next('0 9 * * *', '2026-07-01T00:00:00Z', 'Europe/Berlin'), '2026-07-01T07:00');
    assert.equal(next('TZ=Asia/Kolkata 0 9 * * *', '2026-07-01T00:00:00Z'), '2026-07-01T03:30');
    // Skipped by the clocks on that night, and shown twice on this one.
    assert.equal(next('30 2 * * *', '2026-03-29T00:00:00Z', 'Europe/Berlin'), '2026-03-30T00:30');
    assert.equal(next('30 2 * * *', '2026-10-25T00:00:00Z', 'Europe/Berlin'), '2026-10-25T00:30');
    assert.equal(next('30 2 * * *', '2026-10-25T00:30:00Z', 'Europe/Berlin'), '2026-10-25T01:30');
  });

  it('finds the rare days, and gives up on those that never come', () => {
    assert.equal(next('0 0 29 2 *', '2026-01-01T00:00:00Z'), '2028-02-29T00:00');
    assert.equal(next('0 0 31 2 *', '2026-01-01T00:00:00Z'), undefined);
  });

  it('counts from where it is when the time is the same again and again', () => {
    assert.equal(next('@every 90m', '2026-01-01T00:10:00Z'), '2026-01-01T01:40');
  });
});

describe('formatWallTime', () => {
  it('is the same instant, as the place shows it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.constantFrom(...zones),
        (s, zone) => {
          assert.equal(Date.parse(formatWallTime(s * 1000, zone)), s * 1000);
        },
      ),
    );
    assert.equal(
      formatWallTime(at('2026-07-01T07:00:00Z'), 'Europe/Berlin'),
      '2026-07-01T09:00:00+02:00',
    );
    assert.equal(formatWallTime(at('2026-07-01T07:00:00Z'), 'UTC'), '2026-07-01T07:00:00Z');
  });
});
