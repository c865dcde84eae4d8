import { isIP, isIPv6 } from 'node:net';
import type { FieldError, NameRule } from '@berth/api';
import { goQuote, invalidValue } from '@berth/api';
import { checkCidr } from '../core/field-checks.ts';

/** An address as it is written when written in one way only. */
const canonical = (address: string): string =>
  isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;

const isMapped = (address: string) => canonical(address).startsWith('::ffff:');
const form = (text: string) => `must be in canonical form (${goQuote(text)})`;

/** A name that is an address. */
export const ipAddressName: NameRule = (value) => {
  if (!isIP(value) || value.includes('%')) {
    return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
  }
  if (isIPv6(value) && isMapped(value)) return ['must not be an IPv4-mapped IPv6 address'];
  return canonical(value) === value ? [] : [form(canonical(value))];
};

/** A network, written in the one right way, with no bits set beyond its prefix. */
export function checkCanonicalCidr(path: string, value: string): readonly FieldError[] {
  const problems = checkCidr(path, value);
  if (problems.length) return problems;
  const [address = '', length = ''] = value.split('/');
  const width = isIPv6(address) ? 128 : 32;
  const hostBits = BigInt(width - Number(length));
  if (bitsOf(address) % (1n << hostBits) !== 0n) {
    return [invalidValue(path, value, 'must not have bits set beyond the prefix length')];
  }
  const right = `${canonical(address)}/${Number(length)}`;
  return right === value ? [] : [invalidValue(path, value, form(right))];
}

function bitsOf(address: string): bigint {
  const join = (parts: readonly number[], bits: bigint) =>
    parts.reduce((sum, part) => (sum << bits) | BigInt(part), 0n);
  if (!isIPv6(address)) return join(address.split('.').map(Number), 8n);
  const [head = '', tail] = canonical(address).split('::');
  const groups = (text: string) =>
    text ? text.split(':').map((group) => parseInt(group, 16)) : [];
  const [first, last] = [groups(head), groups(tail ?? '')];
  return join([...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last], 16n);
}
