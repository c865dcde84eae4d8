import assert from 'node:assert/strict';
import { planCompletion } from './completion-plan.ts';
import type { CompletionPlan } from './completion-plan.ts';

const get = { name: 'get', words: 1 };
const status = { name: 'rollout status', words: 2 };

const cases: readonly (readonly [
  line: string,
  verb: Parameters<typeof planCompletion>[1]['verb'],
  plan: CompletionPlan,
])[] = [
  ['', undefined, { kind: 'verbs', after: '' }],
  ['ge', undefined, { kind: 'verbs', after: '' }],
  ['get', get, { kind: 'verbs', after: '' }],
  ['rollout ', undefined, { kind: 'verbs', after: 'rollout' }],
  ['get ', get, { kind: 'types' }],
  ['get po', get, { kind: 'types' }],
  ['get pods ', get, { kind: 'names', type: 'pods', prefix: '' }],
  ['get -n kube-system pods ', get, { kind: 'names', type: 'pods', prefix: '' }],
  ['get deploy/w', get, { kind: 'names', type: 'deploy', prefix: 'deploy/' }],
  ['get pods -', get, { kind: 'flags', verb: 'get' }],
  ['get -n ', get, { kind: 'names', type: 'namespaces', prefix: '' }],
  ['rollout status deploy/', status, { kind: 'names', type: 'deploy', prefix: 'deploy/' }],
  ['logs ', { name: 'logs', words: 1 }, { kind: 'names', type: 'pods', prefix: '' }],
  ['exec web -- l', { name: 'exec', words: 1 }, { kind: 'nothing' }],
  ['drain ', { name: 'drain', words: 1 }, { kind: 'names', type: 'nodes', prefix: '' }],
  ['version ', { name: 'version', words: 1 }, { kind: 'nothing' }],
];

describe('planCompletion', () => {
  for (const [line, verb, plan] of cases) {
    it(`knows what may come at "${line}"`, () => {
      assert.deepEqual(planCompletion(line.split(' '), { verb }), plan);
    });
  }
});
