import assert from 'node:assert/strict';
import { createFakeClock } from '@berth/component-base/testing';
import { silentLogger } from '@berth/component-base';
import { createTestStorage } from '@berth/storage/testing';
import { parseIpRange } from './ip-range.ts';
import { createNodePorts } from './node-ports.ts';
import { createServiceIps } from './service-ip.ts';
import { countLeaks, repairAllocations } from './service-repair.ts';

const owner = { namespace: 'default', name: 'a' };

describe('repairAllocations', () => {
  it('gives back what has had no service for a while', async () => {
    const clock = createFakeClock();
    const storage = createTestStorage({ clock });
    const options = { storage, clock, newUid: () => 'u', random: () => 0 };
    const ips = createServiceIps({ ...options, range: parseIpRange('10.0.0.0/28') });
    const ports = createNodePorts({ ...options, range: { first: 30000, last: 30010 } });
    await ips.take('10.0.0.5', owner);
    await ports.take(30003);
    const stop = new AbortController();
    const repair = repairAllocations(
      { allocators: { ips, ports }, services: async () => [], clock, logger: silentLogger },
      stop.signal,
    );
    const kept = async () => [...(await ips.taken()).keys(), ...(await ports.taken())];
    /** The store answers in a time of its own, so the repair is given turns to ask it. */
    const pass = async (minutes: number) => {
      for (let minute = 0; minute < minutes; minute += 1) {
        await clock.advance(60_000);
        for (let turn = 0; turn < 10; turn += 1) await kept();
      }
    };
    await pass(7);
    assert.deepEqual(await kept(), ['10.0.0.5', 30003]);
    await pass(3);
    assert.deepEqual(await kept(), []);
    stop.abort();
    await repair;
  });
});

describe('countLeaks', () => {
  it('starts again when something was used in between', () => {
    const leaks = new Map<number, number>();
    const count = (used: boolean) => countLeaks([1], () => used, leaks);
    assert.deepEqual([count(false), count(false), count(true)], [[], [], []]);
    assert.deepEqual([count(false), count(false), count(false)], [[], [], [1]]);
  });
});
