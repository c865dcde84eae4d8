import assert from 'node:assert/strict';
import { placementLines } from './placement-text.ts';

describe('placementLines', () => {
  it('says what every node lacks, and what would help', () => {
    const resources = [
      { resource: 'cpu', requested: '1500m', free: '500m', allocatable: '2' },
    ] as const;
    const short = {
      ...{ plugin: 'NodeResourcesFit', reasons: ['Insufficient cpu'] },
      ...{ preemptionMayHelp: true, resources },
    };
    assert.deepEqual(
      placementLines({
        outcome: 'Unschedulable',
        message: '0/2 nodes are available: 2 Insufficient cpu.',
        nodeCount: 2,
        nodes: [
          { name: 'a', fits: false, refusals: [short] },
          { name: 'b', fits: false, refusals: [short] },
        ],
        preemption: { message: 'nobody of lower priority' },
        suggestions: [
          { node: 'a', changes: [{ kind: 'LowerRequest', text: 'ask for less', edits: [] }] },
          { node: 'b', changes: [{ kind: 'FreeResource', text: 'free 1 of cpu', edits: [] }] },
        ],
      }),
      [
        'no node takes it: 0/2 nodes are available: 2 Insufficient cpu.',
        '  - a, b: Insufficient cpu (cpu: asks for 1500m, 500m of 2 free) [NodeResourcesFit]',
        '  preemption: nobody of lower priority',
        '  The smallest change that makes it fit, tried on the cluster as it is:',
        '    ask for less',
        '      then it would go to node a',
        '  Or:',
        '    free 1 of cpu',
        '      then it would go to node b',
      ],
    );
  });

  it('compares the chosen node with the next best', () => {
    const fits = (name: string, total: number) => ({
      ...{ name, fits: true, total },
      scores: { NodeResourcesFit: total },
    });
    assert.deepEqual(
      placementLines({
        ...{ outcome: 'Bound', message: '', node: 'a', runnerUp: 'b', nodeCount: 2 },
        nodes: [fits('a', 90), fits('b', 70)],
      }),
      [
        'where it is, and what the scheduler would say now:',
        '  node a scores 90: NodeResourcesFit 90',
        '  next best: b scores 70: NodeResourcesFit 70',
      ],
    );
  });
});
