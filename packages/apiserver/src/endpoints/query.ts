import { badRequest } from '@berth/api';
import type { StatusError } from '@berth/api';

/** A query parameter that is a boolean; present without a value means true. */
export function optionalBoolean(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  // Kubernetes takes every other text for true.
  return value !== 'false' && value !== '0';
}

/**
 * The safe integer that is nearest to what the query says. Throws 400 in Go's words, as Kubernetes does, for what is no
 * 64-bit integer.
 */
export function optionalInteger(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (!/^[+-]?[0-9]+$/.test(value)) throw badInteger(value, 'invalid syntax');
  const number = BigInt(value.replace('+', ''));
  if (BigInt.asIntN(64, number) !== number) throw badInteger(value, 'value out of range');
  return Math.min(Math.max(Number(number), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

const badInteger = (value: string, why: string): StatusError =>
  badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: ${why}`);

/** `what: "x": strconv.ParseUint: parsing "x": invalid syntax`, the words in which Kubernetes refuses a revision. */
export const badNumber = (what: string, value: string): StatusError =>
  badRequest(
    `${what}: ${JSON.stringify(value)}: strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`,
  );
