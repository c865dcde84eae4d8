import assert from 'node:assert/strict';
import { makeNode, makePod } from '@berth/api/testing';
import fc from 'fast-check';
import { createClusterState } from './cluster-state.ts';
import { createPodInfo } from './pod-info.ts';

const asking = (name: string, cpu: number) =>
  createPodInfo(
    makePod(name, {
      containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: `${cpu}m` } } }],
    }),
  );
const step = fc.record({
  kind: fc.constantFrom('assume', 'forget', 'add', 'remove'),
  pod: fc.constantFrom('a', 'b', 'c'),
  node: fc.constantFrom('m', 'n'),
  cpu: fc.integer({ min: 1, max: 5 }),
});

describe('createClusterState', () => {
  it('counts exactly the pods that are placed, whatever the order of events', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const state = createClusterState();
        state.setNode(makeNode('m'));
        state.setNode(makeNode('n'));
        const placed = new Map<string, { node: string; cpu: number; assumed: boolean }>();
        for (const { kind, pod, node, cpu } of steps) {
          const info = asking(pod, cpu);
          if (kind === 'assume' || kind === 'add') {
            if (kind === 'assume') state.assume(info, node);
            else state.addPod(info, node);
            placed.set(info.key, { node, cpu, assumed: kind === 'assume' });
          } else if (kind === 'remove') {
            state.removePod(info.key);
            placed.delete(info.key);
          } else {
            state.forget(info.key);
            if (placed.get(info.key)?.assumed) placed.delete(info.key);
          }
        }
        for (const name of ['m', 'n']) {
          const here = [...placed.values()].filter(({ node }) => node === name);
          const sum = here.reduce((total, { cpu }) => total + cpu, 0);
          assert.equal(state.node(name)?.requested('cpu'), sum);
          assert.equal(state.node(name)?.pods.length, here.length);
        }
      }),
    );
  });

  it('remembers the pods of a node that comes late', () => {
    const state = createClusterState();
    state.addPod(asking('a', 7), 'late');
    state.setNode(makeNode('late'));
    assert.equal(state.node('late')?.requested('cpu'), 7);
  });
});
