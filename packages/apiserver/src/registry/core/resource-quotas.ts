import { resourceQuotas as type } from '@berth/api';
import type { ResourceQuota } from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { asGiven } from './given.ts';
import { validateQuota, validateQuotaChange, validateQuotaStatus } from './quota-validation.ts';

export const resourceQuotas: Strategy<ResourceQuota> = {
  type,
  defaults: (quota) => (asGiven(quota).spec ? quota : { ...quota, spec: {} }),
  prepareForCreate: (quota) => ({ ...quota, status: {} }),
  prepareForUpdate: (quota, old) => ({ ...quota, ...(old.status && { status: old.status }) }),
  generationOf: () => undefined,
  validate: validateQuota,
  validateUpdate: validateQuotaChange,
  status: { validateUpdate: validateQuotaStatus },
  columns: [
    nameColumn,
    {
      name: 'Request',
      type: 'string',
      description: 'What may be asked for, and how much of it is.',
      cell: (quota) => usage(quota, (name) => !isLimit(name)),
    },
    {
      name: 'Limit',
      type: 'string',
      description: 'What limits may add up to, and what they do.',
      cell: (quota) => usage(quota, isLimit),
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};

const isLimit = (name: string) => name.startsWith('limits.') || name.startsWith('limits/');

/** `pods: 1/10, services: 0/5`: what is used of what there is. */
function usage({ status }: ResourceQuota, wanted: (name: string) => boolean): string {
  const { hard = {}, used = {} } = status ?? {};
  return Object.keys(hard)
    .filter(wanted)
    .sort()
    .map((name) => `${name}: ${used[name] ?? '0'}/${hard[name] ?? '0'}`)
    .join(', ');
}
