import type { Taint, Toleration } from '@berth/api';

/** Whether any of the tolerations covers the taint; an empty key or effect covers all. */
export const tolerates = (tolerations: readonly Toleration[] | undefined, taint: Taint): boolean =>
  (tolerations ?? []).some((toleration) => covers(toleration, taint));

function covers(
  { key, operator = 'Equal', value = '', effect }: Toleration,
  taint: Taint,
): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (!key && operator !== 'Exists') return false;
  const taintValue = taint.value ?? '';
  switch (operator) {
    case 'Exists':
      return true;
    case 'Lt':
      return isInteger(value) && isInteger(taintValue) && BigInt(taintValue) < BigInt(value);
    case 'Gt':
      return isInteger(value) && isInteger(taintValue) && BigInt(taintValue) > BigInt(value);
    default:
      return value === taintValue;
  }
}

const isInteger = (text: string) => /^-?\d+$/.test(text);
