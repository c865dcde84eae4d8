import assert from 'node:assert/strict';
import { mergeNodeStatus, mergePodStatus } from './merge-status.ts';

const condition = (type: string, status = 'True') => ({ type, status });

describe('mergeNodeStatus', () => {
  it('takes the word of the agent', () => {
    const old = {
      capacity: { cpu: '2' },
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    };
    const addresses = [{ type: 'InternalIP', address: '10.0.0.2' }];
    const merged = mergeNodeStatus(old, { capacity: { cpu: '4' }, addresses });
    assert.deepEqual(merged, { capacity: { cpu: '4' }, addresses, conditions: [] });
  });

  it('keeps conditions and resources of others', () => {
    const merged = mergeNodeStatus(
      {
        capacity: { cpu: '2', 'example.com/gpu': '1' },
        allocatable: { cpu: '2', 'example.com/gone': '1' },
        conditions: [condition('Ready', 'False'), condition('NetworkUnavailable')],
      },
      { capacity: { cpu: '4' }, allocatable: { cpu: '3' }, conditions: [condition('Ready')] },
    );
    assert.deepEqual(merged, {
      capacity: { cpu: '4', 'example.com/gpu': '1' },
      allocatable: { cpu: '3', 'example.com/gpu': '1' },
      conditions: [condition('Ready'), condition('NetworkUnavailable')],
    });
  });
});

describe('mergePodStatus', () => {
  it('lets go what the agent no longer says', () => {
    const old = { phase: 'Running', podIP: '10.0.0.1', conditions: [condition('Ready')] };
    assert.deepEqual(mergePodStatus(old, { phase: 'Failed' }), { phase: 'Failed', conditions: [] });
  });

  it('keeps what others write, in their words', () => {
    const merged = mergePodStatus(
      {
        qosClass: 'Burstable',
        nominatedNodeName: 'b',
        conditions: [condition('example.com/gate'), condition('DisruptionTarget')],
      },
      {
        phase: 'Running',
        conditions: [condition('Ready'), condition('example.com/gate', 'False')],
      },
    );
    assert.deepEqual(merged, {
      phase: 'Running',
      qosClass: 'Burstable',
      nominatedNodeName: 'b',
      conditions: [
        condition('Ready'),
        condition('example.com/gate'),
        condition('DisruptionTarget'),
      ],
    });
  });
});
