import { formatAmounts } from '@berth/api';
import type { Amounts } from '@berth/api';
import type { Excess } from './excess.ts';

/** `exceeded quota: q, requested: pods=1, used: pods=10, limited: pods=10`. */
export const describeExcess = ({ quota, requested, used, limited }: Excess): string =>
  `exceeded quota: ${quota}, requested: ${list(requested)}, used: ${list(used)}, limited: ${list(limited)}`;

const list = (amounts: Amounts): string =>
  Object.entries(formatAmounts(amounts))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, amount]) => `${name}=${amount}`)
    .join(',');
