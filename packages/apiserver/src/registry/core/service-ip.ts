import { parseJson, stringifyJson } from '@berth/api';
import type { IPAddress, ObjectRef } from '@berth/api';
import { formatTime } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import { keyOfObject, prefixOf } from '@berth/storage';
import type { KeyValue, Storage } from '@berth/storage';
import { contains, formatIp, parseIp, reservedSize } from './ip-range.ts';
import type { IpRange } from './ip-range.ts';

/** Why an address or port cannot be had, in upstream's words. */
export class AllocationError extends Error {
  override readonly name = 'AllocationError';
}

/** Addresses of services. Each taken one is a key of its own, so that no two servers on one store can take it. */
export interface ServiceIps {
  /** Throws `AllocationError` when the address is another's, or none of the range. */
  take(address: string, owner: ObjectRef): Promise<void>;
  takeAny(owner: ObjectRef): Promise<string>;
  /** Does nothing when the address is not the owner's. */
  release(address: string, owner: ObjectRef): Promise<void>;
  /** Every taken address with its owner. */
  taken(): Promise<ReadonlyMap<string, ObjectRef>>;
}

export interface ServiceIpOptions {
  readonly storage: Storage;
  readonly range: IpRange;
  readonly clock: Clock;
  readonly newUid: () => string;
  /** 0 to 1. */
  readonly random: () => number;
}

const resource = { group: 'networking.k8s.io', resource: 'ipaddresses' };
const prefix = prefixOf(resource);
const keyOf = (address: string) => keyOfObject({ ...resource, name: address });

function ownerOf({ value }: KeyValue): ObjectRef {
  const { name, namespace } = (parseJson(value).value as IPAddress).spec.parentRef;
  return { name, ...(namespace && { namespace }) };
}

export function createServiceIps({
  storage,
  range,
  clock,
  newUid,
  random,
}: ServiceIpOptions): ServiceIps {
  const valueOf = (address: string, owner: ObjectRef) =>
    Buffer.from(
      stringifyJson(
        ipAddress(address, owner, { uid: newUid(), creationTimestamp: formatTime(clock.now()) }),
      ),
    );
  const tryTake = async (address: string, owner: ObjectRef) =>
    (await storage.create(keyOf(address), valueOf(address, owner))) !== undefined;

  return {
    async take(address, owner) {
      const number = parseIp(address);
      if (number === undefined || !contains(range, number))
        throw new AllocationError(
          `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range.cidr}`,
        );
      if (!(await tryTake(address, owner)))
        throw new AllocationError('provided IP is already allocated');
    },
    async takeAny(owner) {
      const reserved = reservedSize(range);
      const upper = { ...range, first: range.first + reserved };
      const lower = { ...range, last: range.first + reserved - 1 };
      for (const part of [upper, lower])
        for (const number of fromRandomStart(part, random)) {
          const address = formatIp(number);
          if (await tryTake(address, owner)) return address;
        }
      throw new AllocationError('range is full');
    },
    async release(address, owner) {
      const { kv } = await storage.get(keyOf(address));
      if (!kv) return;
      const { name, namespace } = ownerOf(kv);
      if (name === owner.name && namespace === owner.namespace)
        await storage.remove(kv.key, kv.modRevision);
    },
    async taken() {
      const { kvs } = await storage.list(prefix);
      return new Map(kvs.map((kv) => [kv.key.slice(prefix.length), ownerOf(kv)]));
    },
  };
}

/** Most are free: a few random tries find one, then the rest is gone through. */
function* fromRandomStart({ first, last }: IpRange, random: () => number): Iterable<number> {
  const size = last - first + 1;
  if (size <= 0) return;
  const draw = () => first + Math.floor(random() * size);
  for (let attempt = 0; attempt < 8; attempt++) yield draw();
  const start = draw();
  for (let step = 0; step < size; step++) yield first + ((start - first + step) % size);
}

type Identity = Pick<IPAddress['metadata'], 'uid' | 'creationTimestamp'>;

/** The object in which kube-apiserver, too, keeps a taken address. */
const ipAddress = (address: string, owner: ObjectRef, identity: Identity) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IPAddress',
  metadata: {
    name: address,
    ...identity,
    labels: {
      'ipaddress.kubernetes.io/ip-family': 'IPv4',
      'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
    },
  },
  spec: { parentRef: { resource: 'services', ...owner } },
});
