import assert from 'node:assert/strict';
import type { Endpoints, EndpointSlice, Service } from '@berth/api';
import { endpoints, endpointSlices, services } from '@berth/api';
import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import type { FakeClock } from '@berth/component-base/testing';
import type { Storage } from '@berth/storage';
import { createTestStorage, onMemoryOnly } from '@berth/storage/testing';
import { strategies } from '../registry/index.ts';
import { createRegistry } from '../registry/registry.ts';
import type { Registry } from '../registry/registry.ts';
import { createKubernetesService } from './kubernetes-service.ts';

describe('default/kubernetes', () => {
  let clock: FakeClock;
  let storage: Storage;
  let registry: Registry;
  const ref = { namespace: 'default', name: 'kubernetes' };

  beforeEach(() => {
    clock = createFakeClock();
    storage = createTestStorage({ clock });
    const counted = { uid: 0 };
    registry = createRegistry({
      storage,
      strategies,
      clock,
      newUid: () => String(++counted.uid),
      random: () => 0.5,
      logger: silentLogger,
    });
  });
  afterEach(async () => {
    await registry.close();
    await storage.close();
  });

  const server = (address: string | undefined) =>
    createKubernetesService({
      registry,
      storage,
      clock,
      logger: silentLogger,
      clusterIp: '10.96.0.1',
      address,
      port: 6443,
    });
  const told = async () => {
    const { subsets = [] }: Endpoints = await registry.store(endpoints).get(ref);
    const slice: EndpointSlice = await registry.store(endpointSlices).get(ref);
    const addresses = subsets.flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip));
    assert.deepEqual(
      (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses),
      addresses,
    );
    return addresses;
  };

  it('has the first address and every server behind it', async () => {
    await server('192.0.2.1').publish();
    await server('192.0.2.2').publish();
    const { spec }: Service = await registry.store(services).get(ref);
    assert.equal(spec.clusterIP, '10.96.0.1');
    assert.deepEqual(await told(), ['192.0.2.1', '192.0.2.2']);
  });

  it('loses a server that leaves, and one that is no longer heard of', async function () {
    onMemoryOnly(this, 'etcd lets keys live by a clock of its own');
    const [a, b, c] = [server('192.0.2.1'), server('192.0.2.2'), server('192.0.2.3')];
    for (const one of [a, b, c]) await one.publish();
    await b.withdraw();
    assert.deepEqual(await told(), ['192.0.2.1', '192.0.2.3']);
    const stop = new AbortController();
    const running = a.run(stop.signal);
    await clock.advance(10_000);
    await clock.advance(10_000);
    for (let i = 0; i < 100 && (await told()).length > 1; i++) await clock.advance(1);
    assert.deepEqual(await told(), ['192.0.2.1']);
    stop.abort();
    await running;
  });

  it('exists for a server that cannot be reached, with nothing behind it', async () => {
    await server(undefined).publish();
    assert.deepEqual(await told(), []);
  });
});
