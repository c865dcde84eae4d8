import assert from 'node:assert/strict';
import { services } from '@berth/api';
import { createTestStorage } from '@berth/storage/testing';
import { createBench } from '../testing/exchange.ts';
import type { Bench } from '../testing/exchange.ts';
import { strategies } from '../index.ts';

const path = '/api/v1/namespaces/default/services';
const service = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { ports: [{ port: 80 }], ...spec },
});
const only = strategies.filter(({ type }) => type.resource === services.resource);

describe('addresses of services', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = open();
  });
  afterEach(() => bench.registry.close());

  const open = (storage = createTestStorage()) =>
    createBench(only, { storage, serviceCidr: '10.96.0.0/28' });
  const post = (body: unknown) => bench.call('POST', path, { body });

  it('are given, kept and given back', async () => {
    const { json, status } = await post(service('a'));
    assert.equal(status, 201);
    assert.match(String(json.spec.clusterIP), /^10\.96\.0\.\d+$/);
    assert.deepEqual(json.spec.clusterIPs, [json.spec.clusterIP]);
    const again = await post(service('b', { clusterIP: json.spec.clusterIP }));
    assert.equal(again.status, 422);
    assert.match(again.json.message, /failed to allocate IP .*: provided IP is already allocated/);
    await bench.call('DELETE', `${path}/a`);
    assert.equal((await post(service('b', { clusterIP: json.spec.clusterIP }))).status, 201);
  });

  it('are not given twice by two servers on one store', async () => {
    const other = open(bench.storage);
    const answers = await Promise.all(
      Array.from({ length: 14 }, (_, i) =>
        (i % 2 ? bench : other).call('POST', path, {
          body: service(`s${i}`, { type: 'NodePort' }),
        }),
      ),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    const ips = answers.map(({ json }) => json.spec.clusterIP);
    const ports = answers.map(
      ({ json }) => (json.spec.ports as { nodePort: number }[])[0]?.nodePort,
    );
    assert.equal(new Set(ips).size, 14);
    assert.equal(new Set(ports).size, 14);
    const full = await post(service('more'));
    assert.equal(full.status, 500);
    assert.match(full.json.message, /failed to allocate a serviceIP: range is full/);
    await other.registry.close();
  });

  it('stay free after a refusal or a dry run', async () => {
    const ask = { clusterIP: '10.96.0.5' };
    assert.equal(
      (await bench.call('POST', `${path}?dryRun=All`, { body: service('a', ask) })).status,
      201,
    );
    assert.equal((await post(service('a', { ...ask, sessionAffinity: 'Never' }))).status, 422);
    assert.equal((await post(service('a', ask))).status, 201);
    const outside = await post(service('b', { clusterIP: '10.97.0.1' }));
    assert.match(outside.json.message, /The range of valid IPs is 10\.96\.0\.0\/28/);
  });

  it('follow the type of the service', async () => {
    const { json } = await post(
      service('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
    );
    const taken = await post(
      service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
    );
    assert.match(
      taken.json.message,
      /spec\.ports\[0\]\.nodePort: Invalid value: 30080: provided port is already allocated/,
    );
    const inner = { ...json, spec: { ...json.spec, type: 'ClusterIP' } };
    const changed = await bench.call('PUT', `${path}/a`, { body: inner });
    assert.equal(changed.status, 200);
    assert.deepEqual(changed.json.spec.ports, [{ port: 80, protocol: 'TCP', targetPort: 80 }]);
    const free = await post(
      service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
    );
    assert.equal(free.status, 201);
  });

  it('are one node port for TCP and UDP of one port', async () => {
    const { json } = await post(
      service('dns', {
        type: 'NodePort',
        ports: [
          { name: 'tcp', port: 53, protocol: 'TCP' },
          { name: 'udp', port: 53, protocol: 'UDP' },
        ],
      }),
    );
    const [tcp, udp] = json.spec.ports as { nodePort: number }[];
    assert.equal(tcp?.nodePort, udp?.nodePort);
  });

  it('are none for headless services and names outside', async () => {
    const headless = await post(service('a', { clusterIP: 'None' }));
    assert.deepEqual(headless.json.spec.clusterIPs, ['None']);
    const outside = await post(service('b', { type: 'ExternalName', externalName: 'example.com' }));
    assert.equal(outside.json.spec.clusterIP, undefined);
  });
});
