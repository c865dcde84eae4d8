import { parseJson, stringifyJson } from '@berth/api';
import { keyOfRange } from '@berth/storage';
import type { KeyValue, Storage } from '@berth/storage';
import { AllocationError } from './service-ip.ts';

interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Ports of services on every node: one bitmap in the store, changed only from the version that was read. */
export interface NodePorts {
  /** Throws `AllocationError` when the port is taken, or none of the range. */
  take(port: number): Promise<void>;
  takeAny(): Promise<number>;
  release(ports: readonly number[]): Promise<void>;
  /** Every taken port. */
  taken(): Promise<readonly number[]>;
}

export interface NodePortOptions {
  readonly storage: Storage;
  readonly range: PortRange;
  /** 0 to 1. */
  readonly random: () => number;
}

const key = keyOfRange('servicenodeports');

export function createNodePorts({ storage, range, random }: NodePortOptions): NodePorts {
  const size = range.last - range.first + 1;

  /** Changes the bitmap until no other change came in between; `change` returns what it did. */
  async function edit<R>(change: (bits: Bits) => R): Promise<R> {
    for (;;) {
      const { kv } = await storage.get(key);
      const bits = kv ? readBits(kv) : new Set<number>();
      const result = change(bits);
      const value = printBits(bits, range);
      const written = kv
        ? await storage.update(key, value, kv.modRevision)
        : await storage.create(key, value);
      if (written) return result;
    }
  }

  return {
    take: (port) =>
      edit((bits) => {
        const bit = port - range.first;
        if (bit < 0 || bit >= size)
          throw new AllocationError(
            `provided port is not in the valid range. The range of valid ports is ${range.first}-${range.last}`,
          );
        if (bits.has(bit)) throw new AllocationError('provided port is already allocated');
        bits.add(bit);
      }),
    takeAny: () =>
      edit((bits) => {
        const bit = freeBit(bits, size, random);
        if (bit === undefined) throw new AllocationError('range is full');
        bits.add(bit);
        return range.first + bit;
      }),
    async release(ports) {
      if (ports.length > 0)
        await edit((bits) => ports.forEach((port) => bits.delete(port - range.first)));
    },
    async taken() {
      const { kv } = await storage.get(key);
      return kv ? [...readBits(kv)].map((bit) => range.first + bit) : [];
    },
  };
}

type Bits = Set<number>;

/** The first free bit from a random one on, around the end. */
function freeBit(bits: Bits, size: number, random: () => number): number | undefined {
  const start = Math.floor(random() * size);
  for (let step = 0; step < size; step++) {
    const bit = (start + step) % size;
    if (!bits.has(bit)) return bit;
  }
  return undefined;
}

/** kube-apiserver keeps the same: a RangeAllocation whose data is a big-endian number, bit 0 for the first port. */
function readBits(kv: KeyValue): Bits {
  const { data = '' } = parseJson(kv.value).value as { readonly data?: string };
  const bytes = Buffer.from(data, 'base64').reverse();
  const bits = new Set<number>();
  bytes.forEach((byte, i) => {
    for (let j = 0; j < 8; j++) if (byte & (1 << j)) bits.add(i * 8 + j);
  });
  return bits;
}

function printBits(bits: Bits, { first, last }: PortRange): Uint8Array {
  const bytes = Buffer.alloc(Math.ceil((last - first + 1) / 8));
  for (const bit of bits) {
    const at = bytes.length - 1 - (bit >> 3);
    if (at >= 0) bytes[at] = (bytes[at] ?? 0) | (1 << (bit & 7));
  }
  const value = {
    apiVersion: 'v1',
    kind: 'RangeAllocation',
    metadata: {},
    range: `${first}-${last}`,
    data: bytes.toString('base64'),
  };
  return Buffer.from(stringifyJson(value));
}
