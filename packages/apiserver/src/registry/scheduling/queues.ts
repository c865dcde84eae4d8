import { asNumber, atKey, forbiddenField, invalidValue, parseQuantity } from '@berth/api';
import { queues as type } from '@berth/api';
import type { FieldError, Queue, QueueStatus } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkNonNegative, checkOneOf, checkSubdomain } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import { checkContainerResourceName, checkResourceQuantity } from '../core/pod-spec/resources.ts';
import type { Strategy } from '../strategy.ts';

type Quantities = Readonly<Record<string, string>>;

export const queues: Strategy<Queue> = {
  type,
  defaults(queue) {
    const { weight = 1, preemption, ...spec } = asGiven(queue).spec ?? {};
    return {
      ...queue,
      spec: {
        ...spec,
        weight,
        preemption: { reclaimWithinCohort: 'Any', withinQueue: 'Never', ...preemption },
      },
    };
  },
  prepareForCreate: ({ status: _, ...queue }) => queue,
  prepareForUpdate: ({ status: _, ...queue }, { status }) => ({
    ...queue,
    ...(status && { status }),
  }),
  validate,
  validateUpdate: validate,
  status: { validateUpdate: ({ status = {} }) => validateStatus(status) },
  columns: [
    nameColumn,
    {
      name: 'Cohort',
      type: 'string',
      description: 'Queues of one cohort lend each other what they do not use.',
      cell: ({ spec }) => spec.cohort ?? '<none>',
    },
    {
      name: 'Weight',
      type: 'integer',
      description: 'What the queue gets in relation to others.',
      cell: ({ spec }) => spec.weight ?? 1,
    },
    {
      name: 'Allocated',
      type: 'string',
      description: 'What pods of the queue have of its quota.',
      cell: allocation,
    },
    {
      name: 'Share',
      type: 'string',
      description: 'The largest part of the cluster that the queue has, by its weight.',
      cell: ({ status }) => percent(status?.dominantShare),
    },
    {
      name: 'Admitted',
      type: 'integer',
      description: 'Pods of the queue that have a node.',
      cell: ({ status }) => status?.admittedPods ?? 0,
    },
    {
      name: 'Pending',
      type: 'integer',
      description: 'Pods of the queue that wait for a node.',
      cell: ({ status }) => status?.pendingPods ?? 0,
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};

/** `cpu: 2/8, memory: 4Gi`: what is had of what is guaranteed. */
function allocation({ spec, status }: Queue): string {
  const quota = spec.nominalQuota ?? {};
  const allocated = status?.allocated ?? {};
  const names = [...new Set([...Object.keys(quota), ...Object.keys(allocated)])].sort();
  const parts = names.map((name) => {
    const had = allocated[name] ?? '0';
    return `${name}: ${name in quota ? `${had}/${quota[name]}` : had}`;
  });
  return parts.join(', ') || '<none>';
}

const percent = (share = '0'): string =>
  `${Math.round(asNumber(parseQuantity(share)) * 1000) / 10}%`;

function validate(queue: Queue): readonly FieldError[] {
  const { weight = 1, cohort, nominalQuota = {}, borrowingLimit, preemption } = queue.spec;
  return [
    ...(weight > 0 ? [] : [invalidValue('spec.weight', weight, 'must be greater than 0')]),
    ...(cohort === undefined ? [] : checkSubdomain('spec.cohort', cohort)),
    ...checkAmounts('spec.nominalQuota', nominalQuota),
    ...checkAmounts('spec.borrowingLimit', borrowingLimit ?? {}),
    ...(borrowingLimit !== undefined && cohort === undefined
      ? [forbiddenField('spec.borrowingLimit', 'must be nil when cohort is empty')]
      : []),
    ...Object.keys(borrowingLimit ?? {})
      .filter((name) => !Object.hasOwn(nominalQuota, name))
      .map((name) =>
        forbiddenField(atKey('spec.borrowingLimit', name), 'must have a nominal quota'),
      ),
    ...checkOneOf('spec.preemption.reclaimWithinCohort', preemption?.reclaimWithinCohort, [
      'Any',
      'LowerPriority',
      'Never',
    ]),
    ...checkOneOf('spec.preemption.withinQueue', preemption?.withinQueue, [
      'LowerPriority',
      'Never',
    ]),
  ];
}

const checkAmounts = (path: string, amounts: Quantities): readonly FieldError[] =>
  Object.entries(amounts).flatMap(([name, amount]) => [
    ...checkContainerResourceName(atKey(path, name), name),
    ...checkResourceQuantity(atKey(path, name), name, amount),
  ]);

const validateStatus = (status: QueueStatus): readonly FieldError[] => [
  ...Object.entries(status.allocated ?? {}).flatMap(([name, amount]) =>
    checkResourceQuantity(atKey('status.allocated', name), name, amount),
  ),
  ...checkNonNegative('status.admittedPods', status.admittedPods),
  ...checkNonNegative('status.pendingPods', status.pendingPods),
];
