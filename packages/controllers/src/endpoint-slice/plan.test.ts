import assert from 'node:assert/strict';
import type { Draft, EndpointSlice, Pod } from '@berth/api';
import { makeMetadata, makePod, makeService } from '@berth/api/testing';
import fc from 'fast-check';
import { planSlices } from './plan.ts';
import type { SlicePlan } from './allocate.ts';

const service = makeService('web', {
  selector: { app: 'web' },
  ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }],
  ipFamilies: ['IPv4'],
});
const serving = (i: number, ready = true, extra: Partial<Pod['metadata']> = {}) =>
  makePod(
    `p${i}`,
    { nodeName: 'n' },
    {
      metadata: extra,
      status: {
        phase: 'Running',
        podIPs: [{ ip: `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}` }],
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      },
    },
  );
const plan = (pods: readonly Pod[], slices: readonly EndpointSlice[] = []) =>
  planSlices({ service, pods, slices, node: () => undefined, triggerTime: undefined });

let made = 0;
const stored = (draft: Draft<EndpointSlice>): EndpointSlice => {
  made += 1;
  return { ...draft, metadata: makeMetadata(`web-${made}`, draft.metadata) };
};
const apply = (slices: readonly EndpointSlice[], { create, update, remove }: SlicePlan) => [
  ...slices
    .filter((slice) => !remove.includes(slice))
    .map((slice) => update.find((next) => next.metadata.name === slice.metadata.name) ?? slice),
  ...create.map(stored),
];
const addresses = (slices: readonly EndpointSlice[]) =>
  slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap((e) => e.addresses)).sort();

describe('planSlices', () => {
  it('ends with exactly the pods that have an address, in slices of at most a hundred', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(fc.nat(400)), { minLength: 1, maxLength: 4 }),
        (rounds) => {
          let slices: readonly EndpointSlice[] = [];
          for (const numbers of rounds) {
            const pods = numbers.map((i) => serving(i));
            slices = apply(slices, plan(pods, slices));
            assert.deepEqual(
              addresses(slices),
              pods.flatMap(({ status }) => status?.podIPs?.map(({ ip }) => ip) ?? []).sort(),
            );
            assert.ok(slices.every(({ endpoints }) => (endpoints ?? []).length <= 100));
            assert.deepEqual(plan(pods, slices), { create: [], update: [], remove: [] });
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('says which endpoints are ready, and which are on their way out', () => {
    const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    const [slice] = plan([serving(1), serving(2, false), serving(3, true, leaving)]).create;
    assert.deepEqual(
      slice?.endpoints?.map(({ conditions }) => conditions),
      [
        { ready: true, serving: true, terminating: false },
        { ready: false, serving: false, terminating: false },
        { ready: false, serving: true, terminating: true },
      ],
    );
    assert.deepEqual(slice.ports, [{ name: '', protocol: 'TCP', port: 8080 }]);
    assert.equal(slice.metadata.labels?.['kubernetes.io/service-name'], 'web');
  });

  it('touches only the slice whose endpoint changed', () => {
    const pods = Array.from({ length: 150 }, (_, i) => serving(i));
    const slices = apply([], plan(pods));
    assert.equal(slices.length, 2);
    const changed = [...pods.slice(0, 149), serving(149, false)];
    const { create, update, remove } = plan(changed, slices);
    assert.deepEqual([create.length, update.length, remove.length], [0, 1, 0]);
  });

  it('leaves one empty slice when nothing is behind the service', () => {
    const slices = apply([], plan([]));
    assert.equal(slices.length, 1);
    assert.deepEqual(plan([], slices), { create: [], update: [], remove: [] });
  });

  it('resolves named ports pod by pod, and leaves out pods without an address', () => {
    const named = makeService('web', {
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 'web' }],
      ipFamilies: ['IPv4'],
    });
    const pod = (i: number, containerPort: number): Pod => ({
      ...serving(i),
      spec: {
        containers: [{ name: 'c', image: 'i', ports: [{ name: 'web', containerPort }] }],
      },
    });
    const { create } = planSlices({
      service: named,
      pods: [pod(1, 8080), pod(2, 9090), makePod('pending')],
      slices: [],
      node: () => undefined,
      triggerTime: undefined,
    });
    assert.deepEqual(create.map(({ ports }) => ports?.[0]?.port).sort(), [8080, 9090]);
  });
});
