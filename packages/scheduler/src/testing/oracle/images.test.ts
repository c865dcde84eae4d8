import assert from 'node:assert/strict';
import { makeNode, makePod } from '@berth/api/testing';
import { imageLocality } from './images.ts';
import { softTaints } from './taints.ts';

// Expected numbers and names are those of upstream's own tables for the same situations.

describe('the oracle on images and soft taints', () => {
  const mega = 1024 * 1024;
  const imaged = (name: string, sizes: readonly number[]) =>
    makeNode(
      name,
      {},
      {
        status: {
          images: sizes.map((size) => ({
            names: [`gcr.io/${size}:latest`, `gcr.io/${size}:v1`],
            sizeBytes: size * mega,
          })),
        },
      },
    );
  const one = imaged('one', [40, 300, 2000]);
  const two = imaged('two', [250, 10]);
  const three = imaged('three', []);
  const cases = [
    [
      [40, 250],
      [one, two],
      [0, 5],
    ],
    [
      [40, 300],
      [one, two],
      [7, 0],
    ],
    [
      [10, 2000],
      [one, two],
      [49, 0],
    ],
    [
      [10, 2000],
      [one, two, three],
      [32, 0, 0],
    ],
  ] as const;
  for (const [sizes, nodes, expected] of cases)
    it(`scores images of ${sizes.join(' and ')} MiB on ${nodes.length} nodes: ${expected.join(', ')}`, () => {
      const containers = sizes.map((size) => ({ name: `c${size}`, image: `gcr.io/${size}` }));
      const pod = makePod('p', { containers });
      assert.deepEqual(
        nodes.map((node) => imageLocality(pod, node, { nodes, pods: [] })),
        expected,
      );
    });
  it('counts soft taints only', () => {
    const taints = [
      { key: 'a', value: '1', effect: 'PreferNoSchedule' },
      { key: 'b', value: '1', effect: 'PreferNoSchedule' },
      { key: 'c', value: '1', effect: 'NoSchedule' },
    ];
    const node = makeNode('n', { taints });
    assert.equal(softTaints(makePod('p'), node), 2);
    const tolerations = [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }];
    assert.equal(softTaints(makePod('p', { tolerations }), node), 2);
    assert.equal(softTaints(makePod('p', { tolerations: [{ key: 'a', value: '1' }] }), node), 1);
  });
});
