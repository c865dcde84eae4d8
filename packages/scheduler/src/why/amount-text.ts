import { formatQuantity, milliQuantity, wholeQuantity } from '@berth/api';

const inBytes = /^(memory|ephemeral-storage|hugepages-)/;

/** An amount of a resource as people write it: `250m`, `2Gi`, `3`. */
export const amountText = (resource: string, amount: number): string =>
  formatQuantity(
    resource === 'cpu'
      ? milliQuantity(amount)
      : wholeQuantity(amount, inBytes.test(resource) ? 'BinarySI' : 'DecimalSI'),
  );
