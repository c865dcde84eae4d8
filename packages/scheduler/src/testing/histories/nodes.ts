import type { Node } from '@berth/api';
import { makeNode } from '@berth/api/testing';
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { few, merged, sometimes } from './sometimes.ts';
import { hostname, imageSizes, zone } from './words.ts';
import type { Labels } from './words.ts';

const labels: Arbitrary<Labels> = merged<Labels>(
  sometimes(85, zone, fc.constantFrom('z1', 'z2', 'z3')),
  sometimes(50, 'rack', fc.constantFrom('r1', 'r2')),
  sometimes(50, 'disk', fc.constantFrom('ssd', 'hdd')),
  sometimes(30, 'cores', fc.constantFrom('2', '8', 'many')),
);

const taint = fc.record({
  key: fc.constantFrom('dedicated', 'flaky'),
  value: fc.constantFrom('a', 'b'),
  effect: fc.constantFrom('NoSchedule', 'NoExecute', 'PreferNoSchedule', 'PreferNoSchedule'),
});

const spec = merged<Node['spec']>(
  sometimes(10, 'unschedulable', fc.constant(true)),
  sometimes(30, 'taints', few(taint)),
);

const allocatable: Arbitrary<Labels> = merged<Labels>(
  fc.record({
    cpu: fc.constantFrom('0', '700m', '1', '2', '4'),
    memory: fc.constantFrom('0', '300Mi', '1Gi', '2Gi', '3Gi'),
    pods: fc.constantFrom('1', '3', '5', '20'),
  }),
  sometimes(30, 'example.com/gpu', fc.constantFrom('1', '2')),
  sometimes(20, 'hugepages-2Mi', fc.constantFrom('4Mi')),
  sometimes(40, 'ephemeral-storage', fc.constantFrom('1Gi', '2Gi')),
);

const images = fc
  .subarray(Object.entries(imageSizes))
  .map((held) => held.map(([name, mega]) => ({ names: [name], sizeBytes: mega * 1024 * 1024 })));

export const arbitraryNode = (name: string): Arbitrary<Node> =>
  fc.record({ labels, spec, allocatable, images }).map((made) =>
    makeNode(name, made.spec, {
      metadata: { labels: { ...made.labels, [hostname]: name } },
      status: { capacity: made.allocatable, allocatable: made.allocatable, images: made.images },
    }),
  );
