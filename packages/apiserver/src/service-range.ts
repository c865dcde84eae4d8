import { isIPv4 } from 'node:net';

/** The first usable address of an IPv4 range such as `10.96.0.0/12`: that of `default/kubernetes`. */
export function firstAddress(cidr: string): string {
  const [base = '', bits = ''] = cidr.split('/');
  const length = Number(bits);
  if (!isIPv4(base) || !/^\d{1,2}$/.test(bits) || length < 8 || length > 30) {
    throw new Error(`${JSON.stringify(cidr)} is not an IPv4 range of 8 to 30 bits`);
  }
  const address = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = Math.floor(address / 2 ** (32 - length)) * 2 ** (32 - length) + 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
}
