import type { FlowSchema } from '@berth/api';
import { flowSchemas as type } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';
import { checkConditionTypes } from './condition-types.ts';
import { validateSchema } from './schema-validation.ts';

const usualPrecedence = 1000;

export const flowSchemas: Strategy<FlowSchema> = {
  type,
  defaults: (schema) => {
    const { spec } = asGiven(schema);
    return {
      ...schema,
      spec: { ...schema.spec, matchingPrecedence: spec?.matchingPrecedence || usualPrecedence },
    };
  },
  prepareForCreate: (schema) => ({ ...schema, status: {} }),
  prepareForUpdate: (schema, old) => ({ ...schema, ...(old.status && { status: old.status }) }),
  validate: validateSchema,
  validateUpdate: validateSchema,
  status: {
    keepsMeta: true,
    validateUpdate: ({ status }) => checkConditionTypes(status?.conditions),
  },
  columns: [
    nameColumn,
    {
      name: 'PriorityLevel',
      type: 'string',
      description: 'The level of the requests that match.',
      cell: (schema) => asGiven(schema).spec?.priorityLevelConfiguration?.name ?? '',
    },
    {
      name: 'MatchingPrecedence',
      type: 'integer',
      description: 'The lowest of the schemas that match counts.',
      cell: (schema) => asGiven(schema).spec?.matchingPrecedence ?? 0,
    },
    {
      name: 'DistinguisherMethod',
      type: 'string',
      description: 'What tells one flow from another.',
      cell: (schema) => asGiven(schema).spec?.distinguisherMethod?.type ?? '<none>',
    },
    ageColumn,
    {
      name: 'MissingPL',
      type: 'string',
      description: 'Whether the level that is named does not exist.',
      cell: ({ status }) =>
        status?.conditions?.find(({ type: condition }) => condition === 'Dangling')?.status ?? '?',
    },
  ],
};
