import { isIPv4, isIPv6 } from 'node:net';

/** An address as one number. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

export interface Network {
  readonly address: IpAddress;
  readonly prefix: number;
}

const widthOf = (family: 4 | 6): number => (family === 4 ? 32 : 128);

/** What upstream takes for an address: no zones, no leading zeros, no IPv4 in IPv6. */
export function parseAddress(text: string): IpAddress | undefined {
  if (isIPv4(text)) return { family: 4, bits: joined(text.split('.').map(BigInt), 8n) };
  if (!isIPv6(text) || /[%.]/.test(text)) return undefined;
  return { family: 6, bits: joined(groupsOf(text), 16n) };
}

const joined = (parts: readonly bigint[], bits: bigint) =>
  parts.reduce((sum, part) => (sum << bits) | part, 0n);

function groupsOf(text: string): readonly bigint[] {
  const [head = '', tail] = text.split('::');
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map((one) => BigInt(`0x${one}`));
  const front = groups(head);
  if (tail === undefined) return front;
  const back = groups(tail);
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => 0n);
  return [...front, ...zeros, ...back];
}

/** The canonical text: for IPv6 in lower case, the longest run of zeros left out. */
export function formatAddress({ family, bits }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => (bits >> BigInt(112 - 16 * i)) & 0xffffn);
  const { start, length } = longestZeros(groups);
  const text = (part: readonly bigint[]) => part.map((one) => one.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function longestZeros(groups: readonly bigint[]) {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0n) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

export function parseNetwork(text: string): Network | undefined {
  const [base = '', length = '', ...more] = text.split('/');
  const address = parseAddress(base);
  if (!address || more.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const prefix = Number(length);
  return prefix <= widthOf(address.family) ? { address, prefix } : undefined;
}

/** The address with what is behind the prefix set to zero. */
export function maskAddress({ family, bits }: IpAddress, prefix: number): IpAddress {
  const rest = BigInt(widthOf(family) - prefix);
  return { family, bits: (bits >> rest) << rest };
}

export const containsAddress = ({ address, prefix }: Network, other: IpAddress): boolean =>
  address.family === other.family &&
  maskAddress(address, prefix).bits === maskAddress(other, prefix).bits;

/** Whether an address is in a network that is given by its text. */
export function isWithin(address: IpAddress, ...networks: readonly string[]): boolean {
  return networks.some((text) => containsAddress(parseNetwork(text)!, address));
}
