import { CriError } from '../cri.ts';

/** The pod addresses of one node. */
export interface AddressPool {
  take(): string;
  give(address: string): void;
}

/** The first address of the range is the network's and the second its gateway's; the last is for broadcasts. */
export function createAddressPool(cidr: string): AddressPool {
  const { base, size } = parseCidr(cidr);
  const taken = new Set<number>();
  let next = 2;
  return {
    /** Addresses are used again as late as possible, so that nobody mistakes a new pod for an old one. */
    take() {
      for (let tries = 0; tries < size - 3; tries++) {
        const offset = next;
        next = next + 1 >= size - 1 ? 2 : next + 1;
        if (taken.has(offset)) continue;
        taken.add(offset);
        return formatAddress(base + offset);
      }
      throw new CriError('Unknown', `no IP addresses available in range set: ${cidr}`);
    },
    give: (address) => void taken.delete(parseAddress(address) - base),
  };
}

function parseCidr(cidr: string): { readonly base: number; readonly size: number } {
  const [, address, length] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(cidr) ?? [];
  const bits = Number(length);
  if (address === undefined || !(bits >= 8 && bits <= 29))
    throw new Error(`${cidr} is no pod range`);
  const size = 2 ** (32 - bits);
  return { base: Math.floor(parseAddress(address) / size) * size, size };
}

const parseAddress = (address: string) =>
  address.split('.').reduce((number, part) => number * 256 + Number(part), 0);

const formatAddress = (number: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
