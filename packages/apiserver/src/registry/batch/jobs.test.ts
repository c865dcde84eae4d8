import assert from 'node:assert/strict';
import type { FieldError, Job, JobCondition, JobSpec, JobStatus } from '@berth/api';
import { createdAt, makeJob, makePodTemplate } from '@berth/api/testing';
import { planDelete } from '../delete-plan.ts';
import type { Strategy } from '../strategy.ts';
import { jobs } from './jobs.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const complete = (job: Job) => jobs.defaults?.(job) ?? job;
const jobOf = (spec: Partial<JobSpec>, status?: JobStatus) =>
  complete(makeJob('a', spec, status ? { status } : {}));
const context = { now: 0, user: { name: 'a', groups: [] }, warn: () => {} };
const uid = 'uid-a';

describe('jobs', () => {
  it('get what upstream gives them', () => {
    const template = makePodTemplate({ x: 'y' }, { restartPolicy: 'Never' });
    const job = complete({ ...makeJob('a'), spec: { template } });
    const { template: _, ...spec } = job.spec;
    assert.deepEqual(spec, {
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      manualSelector: false,
    });
    assert.deepEqual(job.metadata.labels, { x: 'y' });
    const policy = { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'A' }] }] };
    const other = complete({
      ...makeJob('a'),
      spec: { template, parallelism: 2, backoffLimitPerIndex: 1, podFailurePolicy: policy },
    }).spec;
    assert.equal(other.completions, undefined);
    assert.equal(other.backoffLimit, 2 ** 31 - 1);
    assert.equal(other.podReplacementPolicy, 'Failed');
    assert.equal(other.podFailurePolicy?.rules[0]?.onPodConditions?.[0]?.status, 'True');
  });

  it('select their own pods by labels that nobody else has', () => {
    const template = makePodTemplate({}, { restartPolicy: 'Never' });
    const given = complete({ ...makeJob('a'), spec: { template } });
    const made = jobs.prepareForCreate?.(given, context) ?? given;
    const labels = {
      'job-name': 'a',
      'controller-uid': uid,
      'batch.kubernetes.io/job-name': 'a',
      'batch.kubernetes.io/controller-uid': uid,
    };
    assert.deepEqual(made.spec.template.metadata?.labels, labels);
    assert.deepEqual(made.metadata.labels, labels);
    assert.deepEqual(made.spec.selector, {
      matchLabels: { 'batch.kubernetes.io/controller-uid': uid },
    });
    assert.deepEqual(texts(jobs.validate?.(made)), []);
    const manual = complete({
      ...makeJob('a'),
      spec: { template, manualSelector: true, selector: { matchLabels: { x: 'y' } } },
    });
    assert.equal(jobs.prepareForCreate?.(manual, context).spec.template, manual.spec.template);
  });

  const indexed = { completionMode: 'Indexed', completions: 5, parallelism: 2 };
  const template = (spec: Parameters<typeof makePodTemplate>[1]) => {
    const { labels } = makeJob('a').spec.template.metadata ?? {};
    return { template: makePodTemplate(labels ?? {}, { restartPolicy: 'Never', ...spec }) };
  };
  const policyOf = (rule: object, more: Partial<JobSpec> = {}): Partial<JobSpec> => ({
    podFailurePolicy: { rules: [rule as never] },
    podReplacementPolicy: 'Failed',
    ...more,
  });
  const rule = 'spec.podFailurePolicy.rules[0]';
  const cases: readonly (readonly [string, Partial<JobSpec>, ...(readonly string[])])[] = [
    ['an ordinary job', {}],
    ['an indexed job', { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 2 }],
    [
      'pods that never end',
      template({ restartPolicy: 'Always' }),
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [
      'negative numbers',
      { parallelism: -1, completions: -1, activeDeadlineSeconds: -1, ttlSecondsAfterFinished: -1 },
      'spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
      'spec.completions: Invalid value: -1: must be greater than or equal to 0',
      'spec.activeDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
      'spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'labels of another',
      {
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'other' } },
      },
      'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"other"}}: `selector` not auto-generated',
      'spec.template.metadata.labels: Invalid value: {"batch.kubernetes.io/controller-uid":"uid-a","batch.kubernetes.io/job-name":"a","controller-uid":"uid-a","job-name":"a"}: `selector` does not match template `labels`',
    ],
    [
      'indexes without being indexed',
      { backoffLimitPerIndex: 1, maxFailedIndexes: 1, successPolicy: { rules: [] } },
      'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
      'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
      'spec.successPolicy: Invalid value: {"rules":[]}: requires indexed completion mode',
    ],
    [
      'too many indexes to fail',
      { ...indexed, maxFailedIndexes: 6 },
      'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
      'spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions',
    ],
    [
      'more than a status can tell',
      {
        completionMode: 'Indexed',
        completions: 200_000,
        parallelism: 100_001,
        backoffLimitPerIndex: 1,
      },
      'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
      'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
      'spec.parallelism: Invalid value: 100001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
    ],
    [
      'another manager and another mode',
      { managedBy: 'me', completionMode: 'Sometimes', podReplacementPolicy: 'Never' },
      'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
      'spec.completionMode: Unsupported value: "Sometimes": supported values: "NonIndexed", "Indexed"',
      'spec.podReplacementPolicy: Unsupported value: "Never": supported values: "Failed", "TerminatingOrFailed"',
    ],
    [
      'rules that say nothing',
      policyOf({ action: '' }),
      `${rule}.action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]`,
      `${rule}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`,
    ],
    [
      'rules that say too much',
      policyOf({
        action: 'FailIndex',
        onExitCodes: { operator: 'In', containerName: 'other', values: [2, 0, 2] },
        onPodConditions: [{ type: 'A', status: 'Maybe' }],
      }),
      `${rule}.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`,
      `${rule}.onExitCodes.containerName: Invalid value: "other": must be one of the container or initContainer names in the pod template`,
      `${rule}.onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator`,
      `${rule}.onExitCodes.values[2]: Duplicate value: 2`,
      `${rule}.onExitCodes.values: Invalid value: [2,0,2]: must be ordered`,
      `${rule}.onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"`,
      `${rule}: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported`,
    ],
    [
      'success that cannot be',
      {
        ...indexed,
        successPolicy: {
          rules: [
            { succeededIndexes: '0,2-3', succeededCount: 4 },
            { succeededIndexes: '3-1' },
            {},
          ],
        },
      },
      'spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of indexes in the specified succeededIndexes field)',
      'spec.successPolicy.rules[1].succeededIndexes: Invalid value: "3-1": error parsing succeededIndexes: non-increasing order, previous: 3, current: 1',
      'spec.successPolicy.rules[2]: Required value: at least one of succeededCount or succeededIndexes must be specified',
    ],
  ];
  for (const [name, spec, ...expected] of cases) {
    it(`with ${name}`, () => {
      assert.deepEqual(texts(jobs.validate?.(jobOf(spec))), [...expected]);
    });
  }

  it('cannot have host names that are none', () => {
    const name = 'a'.repeat(62);
    const job = complete(makeJob(name, indexed, { metadata: { uid } }));
    assert.deepEqual(texts(jobs.validate?.(job)), [
      `metadata.name: Invalid value: "${name}": will not able to create pod with invalid DNS label: ${name}-4`,
    ]);
  });

  describe('once made', () => {
    const change = (old: Job, spec: Partial<JobSpec>) =>
      texts(jobs.validateUpdate?.({ ...old, spec: { ...old.spec, ...spec } }, old)).map((text) =>
        text.replace(/\{.*\}/, '{…}'),
      );
    const bigger = template({
      nodeSelector: { disk: 'ssd' },
      containers: [
        { name: 'main', image: 'example.com/app:1', resources: { limits: { cpu: '1' } } },
      ],
    });
    const immutable = 'spec.template: Invalid value: {…}: field is immutable';

    it('are started, stopped and sped up', () => {
      assert.deepEqual(change(jobOf({}), { parallelism: 9, suspend: true, backoffLimit: 1 }), []);
    });

    it('do what they were to do', () => {
      assert.deepEqual(change(jobOf({}), { completions: 9, completionMode: 'Indexed' }), [
        'spec.completions: Invalid value: 9: can only be modified in tandem with spec.parallelism',
        'spec.completionMode: Invalid value: "Indexed": field is immutable',
      ]);
      assert.deepEqual(change(jobOf({}), { completions: 9 }), [
        'spec.completions: Invalid value: 9: field is immutable',
      ]);
      assert.deepEqual(change(jobOf(indexed), { completions: 9, parallelism: 9 }), []);
    });

    it('are placed and measured anew only while they rest', () => {
      assert.deepEqual(change(jobOf({ suspend: true }), complete(makeJob('a', bigger)).spec), []);
      const another = template({ containers: [{ name: 'main', image: 'example.com/other:1' }] });
      const resting = jobOf({ suspend: true });
      assert.deepEqual(change(resting, complete(makeJob('a', another)).spec), [immutable]);
      const busy = jobOf({ suspend: true }, { active: 1 });
      const wanted = { template: complete(makeJob('a', bigger)).spec.template };
      assert.deepEqual(change(busy, wanted), [immutable]);
      assert.deepEqual(change(jobOf({}), wanted), [immutable]);
    });
  });

  describe('have a status that', () => {
    const write = (status: JobStatus, old: JobStatus = {}, spec: Partial<JobSpec> = {}) =>
      texts(jobs.status?.validateUpdate?.(jobOf(spec, status), jobOf(spec, old)));
    const are = (...types: readonly string[]): readonly JobCondition[] =>
      types.map((type) => ({ type, status: 'True' }));
    const startTime = createdAt;
    const completionTime = '2026-01-01T00:01:00Z';
    const done = { startTime, completionTime, conditions: are('SuccessCriteriaMet', 'Complete') };

    it('ends in one way', () => {
      assert.deepEqual(write(done), []);
      assert.deepEqual(write({ startTime, conditions: are('FailureTarget', 'Failed') }), []);
      assert.deepEqual(write({ conditions: are('Complete', 'Failed'), active: 1 }), [
        'status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions',
        'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
        'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
        'status.active: Invalid value: 1: active>0 is invalid for finished job',
        'status.startTime: Required value: startTime is required for finished job',
        'status.completionTime: Required value: completionTime is required for Complete jobs',
      ]);
    });

    it('is not taken back', () => {
      assert.deepEqual(write({ ...done, conditions: [], failed: 1 }, { ...done, failed: 2 }), [
        'status.completionTime: Invalid value: "2026-01-01T00:01:00Z": cannot set completionTime when there is no Complete=True condition',
        'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
        'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
        'status.failed: Invalid value: 1: cannot decrease the failed counter',
      ]);
    });

    it('counts each pod and each index once', () => {
      const uncountedTerminatedPods = { succeeded: ['a', ''], failed: ['a'] };
      assert.deepEqual(
        write(
          { uncountedTerminatedPods, completedIndexes: '0-2', failedIndexes: '2,9', ready: 1 },
          {},
          { ...indexed, backoffLimitPerIndex: 1 },
        ),
        [
          'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
          'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
          'status.failedIndexes: Invalid value: "2,9": error parsing failedIndexes: too large index: "9"',
          'status.failedIndexes: Invalid value: "2,9": failedIndexes and completedIndexes overlap at index: 2',
          'status.ready: Invalid value: 1: cannot set more ready pods than active',
        ],
      );
    });

    it('may keep what was wrong before', () => {
      const wrong = { conditions: are('Complete') };
      assert.deepEqual(write({ ...wrong, ready: 0 }, wrong), []);
    });
  });

  it('leave their pods alone when nobody says what becomes of them', () => {
    const plan = (propagation?: 'Background', finalizers: readonly string[] = []) =>
      planDelete(
        jobs as unknown as Strategy,
        makeJob('a', {}, { metadata: { finalizers } }),
        propagation ? { propagation } : {},
        0,
      );
    const kept = plan();
    assert.deepEqual(kept.kind === 'mark' && kept.object.metadata.finalizers, ['orphan']);
    assert.equal(plan('Background').kind, 'remove');
    const told = plan(undefined, ['foregroundDeletion']);
    assert.deepEqual(told.kind === 'mark' && told.object.metadata.finalizers, [
      'foregroundDeletion',
    ]);
  });

  it('warn of names and sizes that will be trouble', () => {
    const huge = { completionMode: 'Indexed', completions: 100_001, parallelism: 10_001 };
    const warnings = jobs.warnings?.(complete(makeJob('a.b', huge)), undefined) ?? [];
    assert.match(warnings[0] ?? '', /^metadata\.name: this is used in Pod names and hostnames/);
    assert.match(warnings[1] ?? '', /^spec: In Indexed Jobs with a number of completions higher/);
  });

  it('are shown as upstream shows them', () => {
    const now = Date.parse(createdAt) + 60_000;
    const show = (job: Job) => jobs.columns.slice(1, 4).map(({ cell }) => cell(job, now));
    assert.deepEqual(
      jobs.columns.map(({ name }) => name),
      ['Name', 'Status', 'Completions', 'Duration', 'Age', 'Containers', 'Images', 'Selector'],
    );
    assert.deepEqual(show(jobOf({}, { startTime: createdAt })), ['Running', '0/1', '60s']);
    const conditions = [{ type: 'Complete', status: 'True' }];
    const completionTime = '2026-01-01T00:00:05Z';
    const done = { startTime: createdAt, completionTime, succeeded: 3, conditions };
    assert.deepEqual(show(jobOf({ completions: 3 }, done)), ['Complete', '3/3', '5s']);
    const queue = {
      ...makeJob('a'),
      spec: { template: makeJob('a').spec.template, parallelism: 3 },
    };
    assert.deepEqual(show(queue), ['Running', '0/1 of 3', '']);
  });
});
