import type { ServiceAccount } from '@berth/api';
import { serviceAccounts as serviceAccountsType } from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const serviceAccounts: Strategy<ServiceAccount> = {
  type: serviceAccountsType,
  columns: [
    nameColumn,
    {
      name: 'Secrets',
      type: 'string',
      description: 'Number of secrets that pods may use.',
      cell: ({ secrets = [] }) => secrets.length,
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
  returnsDeleted: true,
};
