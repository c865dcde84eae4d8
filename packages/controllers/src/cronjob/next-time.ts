import type { parseSchedule } from '@berth/api';
import { wallTime } from './wall-time.ts';
import type { WallTime } from './wall-time.ts';

export type Schedule = ReturnType<typeof parseSchedule>;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** A schedule that fits no day of this many years fits none: the thirty-first of February. */
const yearsToLook = 5;

/**
 * The first time after `after`, in ms, that the schedule names on the clocks of `timeZone`; undefined when there is none. A
 * time that the clocks skip is skipped, one that they show twice is named twice.
 */
export function nextTime(schedule: Schedule, after: number, timeZone: string): number | undefined {
  if (schedule.kind === 'every') {
    const then = after + schedule.milliseconds;
    return then - (then % 1000);
  }
  const zone = schedule.timeZone ?? timeZone;
  let at = after - (after % minuteMs) + minuteMs;
  const last = wallTime(at, zone).year + yearsToLook;
  for (;;) {
    const wall = wallTime(at, zone);
    if (wall.year > last) return undefined;
    if (!schedule.month.values.has(wall.month) || !isDay(schedule, wall)) {
      at = nextMidnight(at, wall, zone);
    } else if (!schedule.hour.values.has(wall.hour)) {
      at += hourMs - wall.minute * minuteMs;
    } else if (!schedule.minute.values.has(wall.minute)) {
      at += minuteMs;
    } else {
      return at;
    }
  }
}

/** With a day of the month and a day of the week, either is enough. */
function isDay(schedule: Schedule & { readonly kind: 'times' }, wall: WallTime): boolean {
  const { dayOfMonth, dayOfWeek } = schedule;
  const byMonth = dayOfMonth.values.has(wall.day);
  const byWeek = dayOfWeek.values.has(wall.weekday);
  return dayOfMonth.isAny || dayOfWeek.isAny ? byMonth && byWeek : byMonth || byWeek;
}

/** The first minute of the next day, which may have an hour more or less than others, or no midnight. */
function nextMidnight(at: number, { hour, minute, day }: WallTime, zone: string): number {
  const guess = at + dayMs - hour * hourMs - minute * minuteMs;
  const landed = wallTime(guess, zone);
  const sinceMidnight = landed.hour * hourMs + landed.minute * minuteMs;
  if (landed.day === day) return guess + dayMs - sinceMidnight;
  const corrected = guess - sinceMidnight;
  return corrected > at && wallTime(corrected, zone).day === landed.day ? corrected : guess;
}
