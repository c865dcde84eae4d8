import type { FieldError, PriorityClass } from '@berth/api';
import { forbiddenField, priorityClasses as priorityClassesType } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkOneOf, checkUnchanged } from '../core/field-checks.ts';
import type { Strategy } from '../strategy.ts';

export const priorityClasses: Strategy<PriorityClass> = {
  type: priorityClassesType,
  defaults: (priorityClass) => ({
    ...priorityClass,
    value: priorityClass.value ?? 0,
    preemptionPolicy: priorityClass.preemptionPolicy ?? 'PreemptLowerPriority',
  }),
  validate,
  validateUpdate: (priorityClass, old) => [
    ...(priorityClass.value === old.value
      ? []
      : [forbiddenField('value', 'may not be changed in an update.')]),
    ...checkUnchanged(
      'preemptionPolicy',
      priorityClass.preemptionPolicy ?? null,
      priorityClass.preemptionPolicy === old.preemptionPolicy,
    ),
  ],
  // The first generation is also the last: what counts cannot change.
  generationOf: () => 'fixed',
  columns: [
    nameColumn,
    {
      name: 'Value',
      type: 'integer',
      description: 'Pods with a higher value come first.',
      cell: ({ value = 0 }) => value,
    },
    {
      name: 'Global-Default',
      type: 'boolean',
      description: 'Whether pods without a class get this one.',
      cell: ({ globalDefault = false }) => globalDefault,
    },
    ageColumn,
    {
      name: 'PreemptionPolicy',
      type: 'string',
      description: 'Whether pods of this class push others out.',
      cell: ({ preemptionPolicy = '' }) => preemptionPolicy,
    },
  ],
  allowUnconditionalUpdate: true,
};

/** Above this only what the cluster itself needs may stand. */
const highestForUsers = 1_000_000_000;
const systemPrefix = 'system-';
const systemClasses: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2 * highestForUsers,
  'system-node-critical': 2 * highestForUsers + 1000,
};

function validate(priorityClass: PriorityClass): readonly FieldError[] {
  const { metadata, value = 0, preemptionPolicy } = priorityClass;
  return [
    ...(metadata.name.startsWith(systemPrefix) ? checkSystemClass(priorityClass) : []),
    ...(!metadata.name.startsWith(systemPrefix) && value > highestForUsers
      ? [
          forbiddenField(
            'value',
            `maximum allowed value of a user defined priority is ${highestForUsers}`,
          ),
        ]
      : []),
    ...checkOneOf('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never']),
  ];
}

function checkSystemClass(priorityClass: PriorityClass): readonly FieldError[] {
  const problem = systemProblem(priorityClass);
  const why = `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: `;
  return problem ? [forbiddenField('metadata.name', why + problem)] : [];
}

function systemProblem({ metadata, value, globalDefault }: PriorityClass): string | undefined {
  const { name } = metadata;
  const due = Object.hasOwn(systemClasses, name) ? systemClasses[name] : undefined;
  if (due === undefined) return `${name} is not a known system priority class`;
  if (value !== due) return `value of ${name} PriorityClass must be ${due}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
