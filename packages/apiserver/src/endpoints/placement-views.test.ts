import assert from 'node:assert/strict';
import type { PlacementExplanation } from '@berth/api';
import { explanationWithin, planWithin } from './placement-views.ts';

const podIn = (namespace: string) => ({ kind: 'Pod', namespace, name: 'secret' });
const removal = (namespace: string) => ({
  node: 'n',
  changes: [
    {
      ...{ kind: 'RemovePod', text: `remove pod ${namespace}/secret` },
      edits: [{ action: 'delete' as const, target: podIn(namespace) }],
    },
  ],
});

describe('what placement shows of other namespaces', () => {
  it('leaves their pods out of explanations', () => {
    const explanation: PlacementExplanation = {
      kind: 'PlacementExplanation',
      apiVersion: 'scheduling.berth.dev/v1',
      metadata: { namespace: 'mine', name: 'p' },
      status: {
        ...{ outcome: 'Unschedulable', message: '', nodeCount: 1, nodes: [] },
        preemption: { message: '2 can go', node: 'n', victims: [podIn('mine'), podIn('theirs')] },
        suggestions: [removal('theirs'), removal('mine')],
      },
    };
    const { status } = explanationWithin(explanation, 'mine');
    assert.deepEqual(status.suggestions, [removal('mine')]);
    assert.deepEqual(status.preemption?.victims, [podIn('mine')]);
    assert.ok(!JSON.stringify(status).includes('theirs'));
  });

  it('leaves them out of plans', () => {
    const pod = { pod: podIn('mine'), from: podIn('mine') };
    assert.deepEqual(
      planWithin({ objects: [], pods: [{ ...pod, victims: [podIn('theirs')] }, pod] }, 'mine').pods,
      [{ ...pod, victims: [] }, pod],
    );
  });
});
