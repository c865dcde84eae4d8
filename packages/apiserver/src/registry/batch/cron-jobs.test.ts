import assert from 'node:assert/strict';
import type { CronJob, CronJobSpec, FieldError } from '@berth/api';
import { createdAt, makeCronJob, makePodTemplate } from '@berth/api/testing';
import { cronJobs } from './cron-jobs.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const complete = (job: CronJob) => cronJobs.defaults?.(job) ?? job;
const jobOf = (spec: Partial<CronJobSpec>) => complete(makeCronJob('a', spec));

describe('cron jobs', () => {
  it('get what upstream gives them', () => {
    const { jobTemplate } = makeCronJob('a').spec;
    const { spec } = complete({ ...makeCronJob('a'), spec: { schedule: '@daily', jobTemplate } });
    const { jobTemplate: made, ...rest } = spec;
    assert.deepEqual(rest, {
      schedule: '@daily',
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    assert.equal(made.spec?.template.spec?.dnsPolicy, 'ClusterFirst');
    assert.equal(made.spec.backoffLimit, undefined);
  });

  const zoned =
    'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
  const cases: readonly (readonly [string, Partial<CronJobSpec>, ...(readonly string[])])[] = [
    ['an ordinary job', { timeZone: 'Europe/Berlin' }],
    ['no schedule', { schedule: '' }, 'spec.schedule: Required value'],
    [
      'a schedule that is none',
      { schedule: '61 * * * *' },
      'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
    ],
    ['a zone in its schedule', { schedule: 'TZ=UTC * * * * *' }, zoned],
    [
      'a zone that is none',
      { timeZone: 'Mars/Phobos' },
      'spec.timeZone: Invalid value: "Mars/Phobos": unknown time zone Mars/Phobos',
    ],
    [
      'a zone outside of the list',
      { timeZone: '../x' },
      'spec.timeZone: Invalid value: "../x": unknown time zone ../x',
    ],
    [
      'the zone of the server',
      { timeZone: 'Local' },
      'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
    [
      'words and numbers that mean nothing',
      {
        startingDeadlineSeconds: -1,
        concurrencyPolicy: 'Fight',
        successfulJobsHistoryLimit: -1,
        failedJobsHistoryLimit: -1,
      },
      'spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
      'spec.concurrencyPolicy: Unsupported value: "Fight": supported values: "Allow", "Forbid", "Replace"',
      'spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
      'spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'jobs that would not be',
      {
        jobTemplate: {
          spec: {
            template: makePodTemplate({}),
            selector: { matchLabels: { a: 'b' } },
            manualSelector: true,
          },
        },
      },
      'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
      'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ],
  ];
  for (const [name, spec, ...expected] of cases) {
    it(`with ${name}`, () => {
      assert.deepEqual(texts(cronJobs.validate?.(jobOf(spec))), [...expected]);
    });
  }

  it('have names that leave room for a time', () => {
    const job = complete(makeCronJob('a'.repeat(53)));
    assert.deepEqual(texts(cronJobs.validate?.(job)), [
      `metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`,
    ]);
    assert.deepEqual(texts(cronJobs.validateUpdate?.(job, job)), []);
  });

  it('keep the zone that their schedule has had before', () => {
    const old = jobOf({ schedule: 'TZ=UTC * * * * *' });
    assert.deepEqual(texts(cronJobs.validateUpdate?.(old, old)), []);
    const both = { ...old, spec: { ...old.spec, timeZone: 'UTC' } };
    assert.deepEqual(texts(cronJobs.validateUpdate?.(both, old)), [
      'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
    ]);
    assert.match(cronJobs.warnings?.(old, undefined).join() ?? '', /^cannot use TZ or CRON_TZ/);
  });

  it('are shown as upstream shows them', () => {
    const now = Date.parse(createdAt) + 60_000;
    const job = complete(
      makeCronJob('a', {}, { status: { lastScheduleTime: createdAt, active: [{ name: 'x' }] } }),
    );
    assert.deepEqual(
      cronJobs.columns.map(({ name, cell }) => [name, cell(job, now)]),
      [
        ['Name', 'a'],
        ['Schedule', '* * * * *'],
        ['Timezone', '<none>'],
        ['Suspend', 'False'],
        ['Active', 1],
        ['Last Schedule', '60s'],
        ['Age', '60s'],
        ['Containers', 'main'],
        ['Images', 'example.com/app:1'],
        ['Selector', '<none>'],
      ],
    );
  });
});
