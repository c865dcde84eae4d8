import { badRequest } from '@berth/api';
import type { StatusError } from '@berth/api';

/** A query parameter that is a boolean; present without a value means true. */
export function optionalBoolean(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  // Kubernetes takes every other text for true.
  return value !== 'false' && value !== '0';
}

export function optionalInteger(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  const number = /^[+-]?[0-9]{1,15}$/.test(value) ? Number(value) : NaN;
  if (Number.isNaN(number)) throw badNumber(`unable to decode ${name}`, value);
  return number;
}

/** `what: "x": strconv.ParseInt: parsing "x": invalid syntax`, the words in which Kubernetes refuses a number. */
export const badNumber = (what: string, value: string): StatusError =>
  badRequest(
    `${what}: ${JSON.stringify(value)}: strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`,
  );
