import type { Node } from '@berth/api';

/** An IPv4 range: the first address as a number, and the length of the prefix. */
export interface Cidr {
  readonly base: number;
  readonly prefix: number;
}

/** Throws an `Error` that says what is wrong with the text. */
export function parseCidr(text: string): Cidr {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const [, ...numbers] = (match ?? []).map(Number);
  const [prefix = 33] = numbers.slice(4);
  const octets = numbers.slice(0, 4);
  if (!match || prefix > 32 || octets.some((octet) => octet > 255)) {
    throw new Error(`${JSON.stringify(text)} is not an IPv4 range like 10.244.0.0/16`);
  }
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - prefix);
  return { base: Math.floor(address / size) * size, prefix };
}

export const formatCidr = ({ base, prefix }: Cidr): string => {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
  return `${octets.join('.')}/${prefix}`;
};

/**
 * The first part of the cluster's range, `nodePrefix` long, that no node has; undefined when all are taken. Ranges
 * of nodes that lie elsewhere take nothing.
 */
export function planPodCidr(
  nodes: readonly Node[],
  cluster: Cidr,
  nodePrefix: number,
): string | undefined {
  const taken = new Set(nodes.flatMap(({ spec }) => spec.podCIDR ?? []));
  const step = 2 ** (32 - nodePrefix);
  const count = 2 ** Math.max(0, nodePrefix - cluster.prefix);
  for (let i = 0; i < count; i += 1) {
    const candidate = formatCidr({ base: cluster.base + i * step, prefix: nodePrefix });
    if (!taken.has(candidate)) return candidate;
  }
  return undefined;
}
