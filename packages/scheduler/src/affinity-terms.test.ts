import assert from 'node:assert/strict';
import { makePod } from '@berth/api/testing';
import { affinityTermsOf, matchesTerm } from './affinity-terms.ts';

const termOf = (term: Record<string, unknown>) => {
  const pod = makePod('p', {
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', ...term }],
      },
    },
  });
  return affinityTermsOf(pod).required[0]!;
};
const namespaceLabels = (name: string) => ({ team: name === 'theirs' ? 'b' : 'a' });
const everyPod = {};

describe('affinityTermsOf', () => {
  const cases = [
    ['the own namespace when none is named', { labelSelector: everyPod }, 'default', true],
    ['no other when none is named', { labelSelector: everyPod }, 'other', false],
    ['named ones', { labelSelector: everyPod, namespaces: ['other'] }, 'other', true],
    ['named ones only', { labelSelector: everyPod, namespaces: ['other'] }, 'default', false],
    [
      'those that the namespace selector selects',
      { labelSelector: everyPod, namespaceSelector: { matchLabels: { team: 'b' } } },
      'theirs',
      true,
    ],
    [
      'the own one not beside a selector',
      { labelSelector: everyPod, namespaceSelector: { matchLabels: { team: 'b' } } },
      'default',
      false,
    ],
    [
      'all by an empty namespace selector',
      { labelSelector: everyPod, namespaceSelector: {} },
      'x',
      true,
    ],
    ['nothing without a label selector', {}, 'default', false],
  ] as const;
  for (const [what, term, namespace, expected] of cases)
    it(`takes ${what}`, () => {
      assert.equal(matchesTerm(termOf(term), { namespace, labels: {} }, namespaceLabels), expected);
    });
});
