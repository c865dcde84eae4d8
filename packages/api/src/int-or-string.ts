import { badRequest } from './status.ts';

/** `3` or `25%`. */
export type IntOrString = number | string;

/**
 * The number itself, or that share of `total`, rounded `up` or `down`. Throws a BadRequest for a string that is no
 * percentage; validation refuses those before.
 */
export function scaledValue(value: IntOrString, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const share = (percentOf(value) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}

/** `25%` is a percentage; `25`, `25%%` and `a%` are not. */
export const isPercent = (value: string): boolean => /^[0-9]+%$/.test(value);

function percentOf(value: string): number {
  const because = 'invalid value for IntOrString:';
  if (!value.endsWith('%')) {
    throw badRequest(`${because} invalid type: string is not a percentage`);
  }
  const digits = value.slice(0, -1);
  if (!/^[-+]?\d{1,18}$/.test(digits)) {
    const quoted = JSON.stringify(value);
    const why = `strconv.Atoi: parsing ${JSON.stringify(digits)}: invalid syntax`;
    throw badRequest(`${because} invalid value ${quoted}: ${why}`);
  }
  return Number(digits);
}
