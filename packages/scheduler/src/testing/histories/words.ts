import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { LabelSelector } from '@berth/api';
import { merged, sometimes } from './sometimes.ts';

// Few words, so that rules meet.

export const hostname = 'kubernetes.io/hostname';
export const zone = 'topology.kubernetes.io/zone';
export const namespaceNames = ['default', 'other'] as const;
export const nodeNames = ['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6'] as const;
export const claimNames = ['near', 'far', 'waiting', 'made', 'alone', 'loose', 'missing'] as const;
export const replicaSetName = 'rs';
/** MiB by image; each has one size wherever it is. */
export const imageSizes = { 'reg/a:latest': 400, 'reg/b:v1': 1200, 'reg/c:latest': 30 } as const;
export const images = ['reg/a', 'reg/b:v1', 'reg/c:latest', 'reg/unknown:v2'] as const;

export type Labels = Readonly<Record<string, string>>;

export const topologyKey = fc.constantFrom(hostname, zone, zone, 'rack');
export const namespaceName = fc.constantFrom('default', 'default', 'default', 'other');

export const podLabels: Arbitrary<Labels> = merged<Labels>(
  sometimes(80, 'app', fc.constantFrom('a', 'b')),
  sometimes(40, 'tier', fc.constantFrom('x', 'y')),
);

const expression = fc.oneof(
  fc.record({
    key: fc.constantFrom('app', 'tier'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.uniqueArray(fc.constantFrom('a', 'b', 'x', 'y'), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    key: fc.constantFrom('app', 'tier'),
    operator: fc.constantFrom('Exists', 'DoesNotExist'),
  }),
);

export const labelSelector: Arbitrary<LabelSelector> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('a', 'b').map((app) => ({ matchLabels: { app } })) },
  {
    weight: 2,
    arbitrary: fc
      .array(expression, { minLength: 1, maxLength: 2 })
      .map((matchExpressions) => ({ matchExpressions })),
  },
  { weight: 1, arbitrary: fc.constant({}) },
);
