import type { LimitedPriorityLevelConfiguration, PriorityLevelConfiguration } from '@berth/api';
import { priorityLevelConfigurations as type } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import type { Column, Strategy } from '../strategy.ts';
import { checkConditionTypes } from './condition-types.ts';
import { validateLevel } from './level-validation.ts';

export const priorityLevelConfigurations: Strategy<PriorityLevelConfiguration> = {
  type,
  defaults: withDefaults,
  prepareForCreate: (level) => ({ ...level, status: {} }),
  prepareForUpdate: (level, old) => ({ ...level, ...(old.status && { status: old.status }) }),
  validate: validateLevel,
  validateUpdate: validateLevel,
  status: {
    keepsMeta: true,
    validateUpdate: ({ status }) => checkConditionTypes(status?.conditions),
  },
  columns: [
    nameColumn,
    {
      name: 'Type',
      type: 'string',
      description: 'Whether requests of this level are limited.',
      cell: (level) => asGiven(level).spec?.type ?? '',
    },
    numberColumn('NominalConcurrencyShares', 'Its part of the seats of the server.', (level) => {
      const { limited, exempt } = asGiven(level).spec ?? {};
      return (limited ?? exempt)?.nominalConcurrencyShares;
    }),
    numberColumn('Queues', 'How many queues there are.', (level) => queuingOf(level)?.queues),
    numberColumn(
      'HandSize',
      'How many of them a flow may use.',
      (level) => queuingOf(level)?.handSize,
    ),
    numberColumn(
      'QueueLengthLimit',
      'How many requests may wait in each.',
      (level) => queuingOf(level)?.queueLengthLimit,
    ),
    ageColumn,
  ],
};

const queuingOf = (level: PriorityLevelConfiguration) =>
  asGiven(level).spec?.limited?.limitResponse?.queuing;

function numberColumn(
  name: string,
  description: string,
  read: (level: PriorityLevelConfiguration) => number | undefined,
): Column<PriorityLevelConfiguration> {
  return { name, type: 'string', description, cell: (level) => read(level) ?? '<none>' };
}

function withDefaults(level: PriorityLevelConfiguration): PriorityLevelConfiguration {
  const { spec = {} } = asGiven(level);
  const { limited, exempt } = spec;
  const complete = {
    ...spec,
    ...(limited && { limited: limitedDefaults(limited) }),
    ...(exempt && { exempt: { nominalConcurrencyShares: 0, lendablePercent: 0, ...exempt } }),
  };
  return { ...level, spec: complete as PriorityLevelConfiguration['spec'] };
}

function limitedDefaults(limited: Given<LimitedPriorityLevelConfiguration>) {
  const queuing = limited.limitResponse?.queuing;
  return {
    nominalConcurrencyShares: 30,
    lendablePercent: 0,
    ...limited,
    ...(queuing && {
      limitResponse: {
        ...limited.limitResponse,
        queuing: {
          queues: queuing.queues || 64,
          handSize: queuing.handSize || 8,
          queueLengthLimit: queuing.queueLengthLimit || 50,
        },
      },
    }),
  };
}
