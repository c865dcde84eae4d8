import assert from 'node:assert/strict';
import type { Draft, Endpoints, Pod, ServiceSpec } from '@berth/api';
import { createdAt, makeMetadata, makePod, makeService } from '@berth/api/testing';
import fc from 'fast-check';
import { capacity, planEndpoints } from './plan.ts';

const overCapacity = 'endpoints.kubernetes.io/over-capacity';
const withPort = {
  clusterIP: '10.0.0.1',
  ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
};
const pod = (i: number, ready = true, extra: Partial<Pod> = {}): Pod => ({
  ...makePod(
    `p${i}`,
    { nodeName: 'n' },
    {
      status: {
        phase: 'Running',
        podIPs: [{ ip: `10.1.${Math.floor(i / 250)}.${(i % 250) + 1}` }],
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      },
    },
  ),
  ...extra,
});
const plan = (pods: readonly Pod[], spec: ServiceSpec = withPort, endpoints?: Endpoints) =>
  planEndpoints({ service: makeService('web', spec), pods, endpoints, triggerTime: createdAt });
const stored = (draft: Draft<Endpoints> | undefined): Endpoints => ({
  ...draft,
  metadata: makeMetadata('web', draft?.metadata),
});
const ips = (side: 'addresses' | 'notReadyAddresses', { subsets = [] }: Draft<Endpoints>) =>
  subsets.flatMap((subset) => (subset[side] ?? []).map(({ ip }) => ip));

describe('planEndpoints', () => {
  it('holds every pod once, up to a thousand, those that are ready first, and then rests', () => {
    fc.assert(
      fc.property(fc.nat(1300), fc.nat(1300), (ready, notReady) => {
        const pods = Array.from({ length: ready + notReady }, (_, i) => pod(i, i < ready));
        const made = stored(plan(pods));
        const [up, down] = [ips('addresses', made), ips('notReadyAddresses', made)];
        assert.equal(up.length, Math.min(ready, capacity));
        assert.equal(down.length, Math.min(notReady, capacity - up.length));
        assert.equal(new Set([...up, ...down]).size, up.length + down.length);
        const isTruncated = made.metadata.annotations?.[overCapacity] === 'truncated';
        assert.equal(isTruncated, ready + notReady > capacity);
        assert.equal(plan([...pods].reverse(), withPort, made), undefined);
      }),
      { numRuns: 20 },
    );
  });

  it('gives subsets a share each when they do not fit', () => {
    const named = {
      ...withPort,
      ports: [{ name: 'a', port: 80, targetPort: 'a', protocol: 'TCP' }],
    };
    const listening = (i: number) => ({
      ...pod(i),
      spec: {
        nodeName: 'n',
        containers: [
          { name: 'c', image: 'i', ports: [{ name: 'a', containerPort: i % 4 === 0 ? 81 : 82 }] },
        ],
      },
    });
    const made = plan(
      Array.from({ length: 2000 }, (_, i) => listening(i)),
      named,
    );
    const sizes = made?.subsets?.map(({ addresses = [] }) => addresses.length);
    assert.deepEqual(sizes, [250, 750]);
  });

  it('exists without addresses when nothing is selected', () => {
    const made = plan([]);
    assert.deepEqual(made?.subsets, []);
    assert.deepEqual(made.metadata.labels, {
      'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
    });
  });

  it('leaves out what is finished, has no address, or is on its way out', () => {
    const finished = pod(1, true, { status: { ...pod(1).status, phase: 'Failed' } });
    const nowhere = pod(2, true, { status: { phase: 'Pending' } });
    const leaving = pod(3, true, {
      metadata: { ...makeMetadata('p3'), deletionTimestamp: createdAt },
    });
    assert.deepEqual(ips('addresses', plan([finished, nowhere, leaving])!), []);
    const unready = { ...withPort, publishNotReadyAddresses: true };
    assert.deepEqual(
      ips('addresses', plan([finished, nowhere, leaving, pod(4, false)], unready)!),
      ['10.1.0.4', '10.1.0.5'],
    );
  });

  it('marks headless services, whose pods may have no ports', () => {
    const made = plan([pod(1)], { clusterIP: 'None', ports: [] });
    assert.equal(made?.metadata.labels?.['service.kubernetes.io/headless'], '');
    assert.equal(made.subsets?.[0]?.ports, undefined);
    assert.deepEqual(ips('addresses', made), ['10.1.0.2']);
    assert.deepEqual(plan([pod(1)], { ...withPort, ports: [] })?.subsets, []);
  });

  it('keeps foreign annotations and drops those that no longer hold', () => {
    const crowded = stored(plan(Array.from({ length: 1001 }, (_, i) => pod(i))));
    const annotations = { ...crowded.metadata.annotations, mine: 'x' };
    const before = { ...crowded, metadata: { ...crowded.metadata, annotations } };
    const after = plan([pod(1)], withPort, before);
    assert.deepEqual(after?.metadata.annotations, {
      mine: 'x',
      'endpoints.kubernetes.io/last-change-trigger-time': createdAt,
    });
  });
});
