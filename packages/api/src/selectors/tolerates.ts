import type { Taint, Toleration } from '../gen/types.ts';

/** Whether a pod with this toleration puts up with the taint; an empty key or effect covers all. */
export function tolerates(
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
