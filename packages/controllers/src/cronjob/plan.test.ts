import assert from 'node:assert/strict';
import type { CronJobSpec, CronJobStatus, Job } from '@berth/api';
import { makeCronJob, makeJob, makeMetadata } from '@berth/api/testing';
import { lastDue } from './missed.ts';
import { parseSchedule } from '@berth/api';
import { planCronJob, referenceTo, scheduledAnnotation } from './plan.ts';

const at = (time: string) => Date.parse(`2026-01-01T${time}Z`);
const cron = (spec: Partial<CronJobSpec> = {}, status: CronJobStatus = {}) =>
  makeCronJob('c', spec, { status });
const plan = (cronJob = cron(), jobs: readonly Job[] = [], time = '00:01:05') =>
  planCronJob({ cronJob, jobs, now: at(time) });
const job = (name: string, end?: 'Complete' | 'Failed', started = '00:00:00'): Job =>
  makeJob(
    name,
    {},
    {
      metadata: { annotations: { [scheduledAnnotation]: 'x' } },
      status: {
        startTime: `2026-01-01T${started}Z`,
        ...(end && { conditions: [{ type: end, status: 'True' }] }),
        ...(end === 'Complete' && { completionTime: '2026-01-01T00:00:30Z' }),
      },
    },
  );
const reasons = ({ tell }: ReturnType<typeof planCronJob>) => tell.map(({ reason }) => reason);

describe('planCronJob', () => {
  it('makes a job when one is due, under a name that its time gives, and looks again at the next', () => {
    const { create, lookAfterMs } = plan();
    assert.equal(create?.draft.metadata.name, `c-${at('00:01:00') / 60_000}`);
    assert.equal(create.draft.metadata.annotations?.[scheduledAnnotation], '2026-01-01T00:01:00Z');
    assert.equal(create.draft.metadata.ownerReferences?.[0]?.kind, 'CronJob');
    assert.equal(lookAfterMs, 55_100);
  });

  it('makes none before its time, twice for one time, while suspended or on the way out', () => {
    assert.equal(plan(cron(), [], '00:00:59').create, undefined);
    const served = cron({}, { lastScheduleTime: '2026-01-01T00:01:00Z' });
    assert.equal(plan(served).create, undefined);
    assert.equal(plan(cron({ suspend: true })).create, undefined);
    const leaving = { ...cron(), metadata: makeMetadata('c', { deletionTimestamp: 'x' }) };
    assert.equal(plan(leaving).create, undefined);
  });

  it('makes up for the last of several times that it missed, and says so when they were many', () => {
    const late = plan(cron(), [], '01:00:30');
    assert.equal(late.create?.at, at('01:00:00'));
    assert.deepEqual(reasons(late), []);
    assert.deepEqual(reasons(plan(cron(), [], '03:00:30')), ['TooManyMissedTimes']);
  });

  it('lets a time go by that is too long ago', () => {
    const hourly = { schedule: '@hourly', startingDeadlineSeconds: 100 };
    assert.equal(plan(cron(hourly), [], '02:01:00').create?.at, at('02:00:00'));
    assert.equal(plan(cron(hourly), [], '02:01:41').create, undefined);
  });

  it('waits, replaces or goes on beside a job that still runs, as it is told', () => {
    const running = job('old');
    const status = { active: [referenceTo(running)], lastScheduleTime: '2026-01-01T00:00:00Z' };
    const under = (concurrencyPolicy: string) =>
      plan(cron({ concurrencyPolicy }, status), [running]);
    assert.ok(under('Allow').create);
    assert.deepEqual(under('Allow').replace, []);
    assert.equal(under('Forbid').create, undefined);
    assert.deepEqual(reasons(under('Forbid')), ['JobAlreadyActive']);
    assert.deepEqual(under('Replace').replace, [running]);
    assert.ok(under('Replace').create);
  });

  it('follows its jobs: what is over, what is missing, and what a pass that was cut short has made', () => {
    const [done, unsaid] = [job('done', 'Complete'), job('unsaid')];
    const manual = { ...job('manual'), metadata: makeMetadata('manual') };
    const status = { active: [referenceTo(done), { name: 'lost', uid: 'lost' }] };
    const next = plan(cron({ suspend: true }, status), [done, unsaid, manual]);
    assert.deepEqual(
      next.status.active?.map(({ name }) => name),
      ['unsaid'],
    );
    assert.equal(next.status.lastSuccessfulTime, '2026-01-01T00:00:30Z');
    assert.deepEqual(reasons(next), ['SawCompletedJob', 'MissingJob']);
  });

  it('keeps the youngest of those that are over, by how they ended', () => {
    const jobs = [
      job('a', 'Complete', '00:00:01'),
      job('b', 'Complete', '00:00:03'),
      job('c', 'Complete', '00:00:02'),
      job('d', 'Failed', '00:00:01'),
      job('e', 'Failed', '00:00:02'),
      job('f'),
    ];
    const spec = { suspend: true, successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 };
    const forgotten = plan(cron(spec), jobs).forget.map(({ metadata }) => metadata.name);
    assert.deepEqual(forgotten.sort(), ['a', 'c', 'd', 'e']);
  });

  it('says what is wrong with its schedule or time zone', () => {
    assert.deepEqual(reasons(plan(cron({ schedule: 'nonsense' }))), ['UnparseableSchedule']);
    assert.deepEqual(reasons(plan(cron({ timeZone: 'Nowhere/At_All' }))), ['UnknownTimeZone']);
  });
});

describe('lastDue', () => {
  it('keeps the beat of what happens again and again', () => {
    const every = cron({}, { lastScheduleTime: '2026-01-01T00:00:10Z' });
    const due = lastDue(every, parseSchedule('@every 7m'), 'UTC', at('00:30:00'));
    assert.equal(due.at, at('00:28:10'));
  });
});
