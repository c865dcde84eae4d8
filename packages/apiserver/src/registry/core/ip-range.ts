/** An IPv4 network as numbers. */
export interface IpRange {
  readonly cidr: string;
  /** The first and last address that may be given away: not the network's own, not its broadcast address. */
  readonly first: number;
  readonly last: number;
}

/** Throws for a text that is no IPv4 network with room for addresses. */
export function parseIpRange(cidr: string): IpRange {
  const [address = '', bits = ''] = cidr.split('/');
  const base = parseIp(address);
  const length = /^[0-9]{1,2}$/.test(bits) ? Number(bits) : NaN;
  if (base === undefined || !(length >= 8 && length <= 30))
    throw new Error(`${cidr} is no IPv4 network of 8 to 30 bits`);
  const size = 2 ** (32 - length);
  const network = base - (base % size);
  return { cidr, first: network + 1, last: network + size - 2 };
}

export const contains = ({ first, last }: IpRange, address: number): boolean =>
  address >= first && address <= last;

/** An address as a number; undefined when the text is none. */
export function parseIp(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part)))
    return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255)
    ? bytes.reduce((sum, byte) => sum * 256 + byte, 0)
    : undefined;
}

export const formatIp = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');

/** How many addresses at the start of a range are left to those who ask for one by name. */
export function reservedSize({ first, last }: IpRange): number {
  const size = last - first + 1;
  if (size < 16) return 0;
  return Math.min(Math.max(16, Math.floor(size / 16)), 256);
}
