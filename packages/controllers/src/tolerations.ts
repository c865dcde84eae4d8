import type { Taint, Toleration } from '@berth/api';

/** Whether a pod with this toleration puts up with the taint. */
export function tolerates(
  { key, operator = 'Equal', value = '', effect }: Toleration,
  taint: Taint,
): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key ? key !== taint.key : operator !== 'Exists') return false;
  return operator === 'Exists' || value === (taint.value ?? '');
}
