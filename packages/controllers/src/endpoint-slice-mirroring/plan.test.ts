import assert from 'node:assert/strict';
import type { Draft, EndpointPort, EndpointSlice, Endpoints, EndpointSubset } from '@berth/api';
import { makeMetadata, makeService } from '@berth/api/testing';
import fc from 'fast-check';
import { isToMirror, planMirror } from './plan.ts';
import type { MirrorPlan } from './plan.ts';

const custom = (subsets: readonly EndpointSubset[], metadata = {}): Endpoints => ({
  metadata: makeMetadata('db', metadata),
  subsets,
});
let made = 0;
const stored = (draft: Draft<EndpointSlice>): EndpointSlice => {
  made += 1;
  return { ...draft, metadata: makeMetadata(`db-${made}`, draft.metadata) };
};
const apply = (slices: readonly EndpointSlice[], { create, update, remove }: MirrorPlan) => [
  ...slices
    .filter((slice) => !remove.includes(slice))
    .map((slice) => update.find((next) => next.metadata.name === slice.metadata.name) ?? slice),
  ...create.map(stored),
];

const subset = fc.record({
  addresses: fc
    .uniqueArray(fc.nat(50), { minLength: 1 })
    .map((numbers) => numbers.map((n) => ({ ip: n % 2 ? `10.0.0.${n}` : `fd00::${n}` }))),
  ports: fc.constantFrom<readonly EndpointPort[]>([{ port: 80 }], [{ port: 81, name: 'x' }], []),
});

describe('planMirror', () => {
  it('ends with the addresses and ports that were written by hand, whatever was there', () => {
    fc.assert(
      fc.property(fc.array(fc.array(subset, { maxLength: 3 }), { minLength: 1 }), (rounds) => {
        let slices: readonly EndpointSlice[] = [];
        for (const subsets of rounds) {
          const endpoints = custom(subsets);
          slices = apply(slices, planMirror(endpoints, slices));
          const seen = slices.flatMap(({ endpoints: members = [], ports = [] }) =>
            members.map((e) => `${e.addresses[0]} ${ports.map(({ port }) => port).join()}`),
          );
          const wanted = subsets.flatMap(({ addresses, ports }) =>
            addresses.map(({ ip }) => `${ip} ${ports.map(({ port }) => port).join()}`),
          );
          assert.deepEqual(seen.sort(), [...new Set(wanted)].sort());
          const again = planMirror(endpoints, slices);
          assert.deepEqual([again.create, again.update, again.remove], [[], [], []]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('takes over labels and annotations, but not what belongs to the original alone', () => {
    const endpoints = custom([{ addresses: [{ ip: '10.0.0.1' }] }], {
      labels: { app: 'db' },
      annotations: { note: 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    });
    const { metadata } = planMirror(endpoints, []).create[0]!;
    assert.deepEqual(metadata.labels, {
      app: 'db',
      'kubernetes.io/service-name': 'db',
      'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
    });
    assert.deepEqual(metadata.annotations, { note: 'x' });
    assert.equal(metadata.ownerReferences?.[0]?.kind, 'Endpoints');
  });

  it('says how many addresses it leaves out', () => {
    const many = Array.from({ length: 1200 }, (_, i) => ({ ip: `10.0.${i >> 8}.${i & 255}` }));
    const plan = planMirror(custom([{ addresses: [{ ip: 'nonsense' }, ...many] }]), []);
    assert.deepEqual([plan.invalid, plan.skipped], [1, 201]);
  });
});

describe('isToMirror', () => {
  const free = { ...makeService('db'), spec: { ports: [] } };
  it('leaves alone what a controller makes, what asks for it, and what is only a claim', () => {
    assert.equal(isToMirror(custom([]), free), true);
    assert.equal(isToMirror(custom([]), makeService('db')), false);
    assert.equal(isToMirror(custom([]), undefined), false);
    const skip = { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } };
    assert.equal(isToMirror(custom([], skip), free), false);
    const claim = { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } };
    assert.equal(isToMirror(custom([], claim), free), false);
  });
});
