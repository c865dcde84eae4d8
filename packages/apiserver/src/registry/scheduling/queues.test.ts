import assert from 'node:assert/strict';
import type { FieldError, Queue, QueueSpec } from '@berth/api';
import { makeQueue } from '@berth/api/testing';
import { queues } from './queues.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const defaulted = (spec: QueueSpec): Queue => queues.defaults!(makeQueue('a', spec));
const cellsOf = (queue: Queue) =>
  Object.fromEntries(queues.columns.map(({ name, cell }) => [name, cell(queue, 0)]));

describe('queues', () => {
  it('have weight 1, take back what is theirs, and leave their own pods alone unless they say otherwise', () => {
    assert.deepEqual(defaulted({}).spec, {
      weight: 1,
      preemption: { reclaimWithinCohort: 'Any', withinQueue: 'Never' },
    });
    const given = { weight: 3, preemption: { reclaimWithinCohort: 'Never' } } as const;
    assert.deepEqual(defaulted(given).spec, {
      weight: 3,
      preemption: { reclaimWithinCohort: 'Never', withinQueue: 'Never' },
    });
    assert.deepEqual(defaulted(defaulted(given).spec).spec, defaulted(given).spec);
  });

  const cases: readonly (readonly [string, QueueSpec, ...(readonly string[])])[] = [
    ['nothing said', {}],
    [
      'quota, cohort and limit',
      {
        cohort: 'research',
        nominalQuota: { cpu: '4', 'example.com/gpu': '2' },
        borrowingLimit: { cpu: '2' },
      },
    ],
    ['weight 0', { weight: 0 }, 'spec.weight: Invalid value: 0: must be greater than 0'],
    [
      'the name of a cohort',
      { cohort: 'No' },
      `spec.cohort: Invalid value: "No": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    ],
    [
      'resources that pods cannot ask for',
      { nominalQuota: { pods: '4' } },
      'spec.nominalQuota[pods]: Invalid value: "pods": must be a standard resource for containers',
    ],
    [
      'less than nothing',
      { nominalQuota: { cpu: '-1' } },
      'spec.nominalQuota[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
    [
      'limits of a queue that cannot borrow',
      { nominalQuota: { cpu: '1' }, borrowingLimit: { cpu: '1' } },
      'spec.borrowingLimit: Forbidden: must be nil when cohort is empty',
    ],
    [
      'limits of what is not limited',
      { cohort: 'c', borrowingLimit: { cpu: '1' } },
      'spec.borrowingLimit[cpu]: Forbidden: must have a nominal quota',
    ],
    [
      'preemption',
      { preemption: { reclaimWithinCohort: 'Some', withinQueue: 'Any' } as never },
      'spec.preemption.reclaimWithinCohort: Unsupported value: "Some": supported values: "Any", "LowerPriority", "Never"',
      'spec.preemption.withinQueue: Unsupported value: "Any": supported values: "LowerPriority", "Never"',
    ],
  ];
  for (const [what, spec, ...expected] of cases) {
    it(`${expected.length > 0 ? 'refuse' : 'take'} ${what}`, () => {
      assert.deepEqual(texts(queues.validate!(defaulted(spec))), expected);
    });
  }

  it('keep their status from whoever writes the spec', () => {
    const status = { pendingPods: 3 };
    const old = makeQueue('a', {}, { status });
    const context = {} as never;
    assert.deepEqual(queues.prepareForCreate!(old, context).status, undefined);
    const changed = makeQueue('a', { weight: 2 }, { status: { pendingPods: 9 } });
    assert.deepEqual(queues.prepareForUpdate!(changed, old, context).status, status);
    const wrong = makeQueue('a', {}, { status: { pendingPods: -1 } });
    assert.deepEqual(texts(queues.status!.validateUpdate!(wrong, old)), [
      'status.pendingPods: Invalid value: -1: must be greater than or equal to 0',
    ]);
  });

  it('show what they have of what is theirs', () => {
    const status = {
      allocated: { cpu: '3', memory: '12Gi' },
      dominantShare: '667m',
      admittedPods: 3,
      pendingPods: 6,
    };
    const queue = makeQueue('a', { weight: 1, nominalQuota: { cpu: '4' } }, { status });
    const { Age: _, ...cells } = cellsOf(queue);
    assert.deepEqual(cells, {
      Name: 'a',
      Cohort: '<none>',
      Weight: 1,
      Allocated: 'cpu: 3/4, memory: 12Gi',
      Share: '66.7%',
      Admitted: 3,
      Pending: 6,
    });
    const { Age: __, ...fresh } = cellsOf(makeQueue('b', { cohort: 'c' }));
    assert.deepEqual(fresh, {
      Name: 'b',
      Cohort: 'c',
      Weight: 1,
      Allocated: '<none>',
      Share: '0%',
      Admitted: 0,
      Pending: 0,
    });
  });
});
