import type { ObjectRef, Service } from '@berth/api';
import { sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import { refOf } from '../resource.ts';
import { held } from './service-allocation.ts';
import type { Allocators } from './service-allocation.ts';

/** How often something must be found without an owner before it is believed: its service may just be on the way. */
const believedAfter = 3;
const everyMs = 3 * 60_000;

export interface RepairOptions {
  readonly allocators: Allocators;
  readonly services: () => Promise<readonly Service[]>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Gives back what servers that died half-way have taken for services that never came to be. Until `signal` aborts. */
export async function repairAllocations(
  { allocators, services, clock, logger }: RepairOptions,
  signal: AbortSignal,
): Promise<void> {
  const leaks = { ips: new Map<string, number>(), ports: new Map<number, number>() };
  for (;;) {
    await sleep(clock, everyMs, signal);
    if (signal.aborted) return;
    try {
      await repairOnce(allocators, await services(), leaks);
    } catch (err) {
      logger.info('Failed to look for addresses without a service', { err });
    }
  }
}

interface Leaks {
  readonly ips: Map<string, number>;
  readonly ports: Map<number, number>;
}

async function repairOnce(
  { ips, ports }: Allocators,
  services: readonly Service[],
  leaks: Leaks,
): Promise<void> {
  const owners = new Map<string, ObjectRef>();
  const used = new Set<number>();
  for (const service of services) {
    const { ips: addresses, ports } = held(service);
    addresses.forEach((address) => owners.set(address, refOf(service)));
    ports.forEach((port) => used.add(port));
  }
  const taken = await ips.taken();
  for (const address of countLeaks([...taken.keys()], (one) => owners.has(one), leaks.ips)) {
    const owner = taken.get(address);
    if (owner) await ips.release(address, owner);
  }
  await ports.release(countLeaks(await ports.taken(), (port) => used.has(port), leaks.ports));
}

/** Counts once more what nobody uses, forgets what somebody uses, and returns what was counted often enough. */
export function countLeaks<T>(
  taken: readonly T[],
  isUsed: (item: T) => boolean,
  leaks: Map<T, number>,
): readonly T[] {
  const unused = new Set(taken.filter((item) => !isUsed(item)));
  for (const item of leaks.keys()) if (!unused.has(item)) leaks.delete(item);
  const believed: T[] = [];
  for (const item of unused) {
    const count = (leaks.get(item) ?? 0) + 1;
    leaks.set(item, count);
    if (count < believedAfter) continue;
    leaks.delete(item);
    believed.push(item);
  }
  return believed;
}
