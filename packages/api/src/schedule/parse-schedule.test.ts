import assert from 'node:assert/strict';
import { isTimeZone, parseSchedule } from './parse-schedule.ts';
import type { Schedule } from './parse-schedule.ts';

const fieldOf = (text: string, name: 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek') => {
  const schedule = parseSchedule(text) as Extract<Schedule, { readonly kind: 'times' }>;
  return [...schedule[name].values].sort((a, b) => a - b);
};

describe('parseSchedule', () => {
  it('reads numbers, lists, ranges, steps and names', () => {
    assert.deepEqual(fieldOf('5 * * * *', 'minute'), [5]);
    assert.deepEqual(fieldOf('1,3-5 * * * *', 'minute'), [1, 3, 4, 5]);
    assert.deepEqual(fieldOf('0-30/10 * * * *', 'minute'), [0, 10, 20, 30]);
    assert.deepEqual(fieldOf('* 20/2 * * *', 'hour'), [20, 22]);
    assert.deepEqual(fieldOf('* * */10 * *', 'dayOfMonth'), [1, 11, 21, 31]);
    assert.deepEqual(fieldOf('* * * jan,DEC *', 'month'), [1, 12]);
    assert.deepEqual(fieldOf('* * * * mon-fri', 'dayOfWeek'), [1, 2, 3, 4, 5]);
  });

  it('knows a star that leaves the choice to the other field', () => {
    const schedule = parseSchedule('0 0 */2 * ?');
    assert.ok(schedule.kind === 'times');
    assert.equal(schedule.dayOfMonth.isAny, false);
    assert.equal(schedule.dayOfWeek.isAny, true);
  });

  it('reads shorthands, durations and the zones of old', () => {
    assert.deepEqual(parseSchedule('@daily'), parseSchedule('0 0 * * *'));
    assert.deepEqual(parseSchedule('@every 1m30.7s'), { kind: 'every', milliseconds: 90_000 });
    assert.deepEqual(parseSchedule('@every 1ms'), { kind: 'every', milliseconds: 1000 });
    assert.deepEqual(parseSchedule('CRON_TZ=Europe/Berlin 0 0 * * *'), {
      ...parseSchedule('0 0 * * *'),
      timeZone: 'Europe/Berlin',
    });
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['', 'empty spec string'],
    ['* * *', 'expected exactly 5 fields, found 3: [* * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['* * * * 7', 'end of range (7) above maximum (6): 7'],
    ['5-3 * * * *', 'beginning of range (5) beyond end of range (3): 5-3'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['-1 * * * *', 'failed to parse int from : strconv.Atoi: parsing "": invalid syntax'],
    ['@never', 'unrecognized descriptor: @never'],
    ['@every x', 'failed to parse duration @every x: time: invalid duration "x"'],
    ['TZ=Nowhere * * * * *', 'provided bad location Nowhere: unknown time zone Nowhere'],
  ];
  for (const [text, message] of wrong) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseSchedule(text), { name: 'ScheduleError', message });
    });
  }

  it('takes time zones by their exact names', () => {
    assert.ok(isTimeZone('Europe/Berlin'));
    assert.ok(isTimeZone('UTC'));
    assert.ok(isTimeZone('US/Pacific'));
    assert.ok(!isTimeZone('europe/berlin'));
    assert.ok(!isTimeZone('Europe/Nowhere'));
  });
});
