import assert from 'node:assert/strict';
import { services } from '@berth/api';
import type { Pod, PodSpec } from '@berth/api';
import { makeNode, makePod, makeService } from '@berth/api/testing';
import { createClusterState } from '../cluster-state.ts';
import { createEngine } from '../engine/engine.ts';
import type { Plugin } from '../framework.ts';
import { dynamicResources } from './dynamic-resources.ts';
import { createInterPodAffinity } from './inter-pod-affinity.ts';
import { createNodeAffinity } from './node-affinity.ts';
import { createPodTopologySpread } from './pod-topology-spread.ts';

const zone = 'topology.kubernetes.io/zone';
const web = { matchLabels: { app: 'web' } };
const podOf = (name: string, spec: Partial<PodSpec> = {}, app = 'web') =>
  makePod(name, spec, { metadata: { labels: { app } } });

/** Two nodes in zones of their names; `placed` are on the first. */
function stateWith(placed: readonly Pod[]) {
  const state = createClusterState();
  for (const name of ['a', 'b']) {
    const labels = { [zone]: name, 'kubernetes.io/hostname': name };
    state.setNode(makeNode(name, {}, { metadata: { labels } }));
  }
  for (const pod of placed) state.addPod(state.podInfo(pod), 'a');
  return state;
}
const explain = (plugin: Plugin, pod: Pod, state = stateWith([])) =>
  createEngine({ state, plugins: [plugin] })
    .explain(state.podInfo(pod))
    .map(({ verdict, total }) => (verdict.ok ? total : verdict.reasons.join()));

describe('the arguments of plugins', () => {
  it('add a node affinity to that of every pod', () => {
    const isIn = (...values: string[]) => ({
      matchExpressions: [{ key: zone, operator: 'In', values }],
    });
    const plugin = createNodeAffinity({
      addedAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [isIn('a')] },
      },
    });
    const refused = "node(s) didn't match scheduler-enforced node affinity";
    assert.deepEqual(explain(plugin, podOf('p')), [0, refused]);
    assert.deepEqual(explain(plugin, podOf('p', { nodeSelector: { [zone]: 'b' } })), [
      "node(s) didn't match Pod's node affinity/selector",
      refused,
    ]);
    const preferring = createNodeAffinity({
      addedAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: isIn('b') }],
      },
    });
    assert.deepEqual(explain(preferring, podOf('p')), [0, 200]);
  });

  it('spread pods of a Service as they say, hard where they say so', () => {
    const constraint = { maxSkew: 1, topologyKey: zone, whenUnsatisfiable: 'DoNotSchedule' };
    const hard = createPodTopologySpread({ defaultConstraints: [constraint] });
    const state = stateWith([podOf('there')]);
    assert.deepEqual(explain(hard, podOf('p'), state), [0, 0]);
    state.setObject(services, makeService('web', { selector: { app: 'web' } }));
    assert.deepEqual(explain(hard, podOf('p'), state), [
      "node(s) didn't match pod topology spread constraints",
      0,
    ]);
    assert.deepEqual(explain(hard, podOf('p', {}, 'db'), state), [0, 0]);
    assert.deepEqual(
      explain(createPodTopologySpread({ defaultConstraints: [] }), podOf('p'), state),
      [0, 0],
    );
  });

  it('weigh what placed pods require and prefer', () => {
    const near = (kind: 'required' | 'preferred'): Partial<PodSpec> => {
      const term = { topologyKey: zone, labelSelector: web };
      return {
        affinity: {
          podAffinity:
            kind === 'required'
              ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
              : {
                  preferredDuringSchedulingIgnoredDuringExecution: [
                    { weight: 9, podAffinityTerm: term },
                  ],
                },
        },
      };
    };
    const drawn = stateWith([podOf('there', near('required'))]);
    assert.deepEqual(explain(createInterPodAffinity(), podOf('p'), drawn), [200, 0]);
    const indifferent = createInterPodAffinity({ hardPodAffinityWeight: 0 });
    assert.deepEqual(explain(indifferent, podOf('p'), drawn), [0, 0]);
    const wanted = stateWith([podOf('there', near('preferred'))]);
    const ignoring = createInterPodAffinity({ ignorePreferredTermsOfExistingPods: true });
    assert.deepEqual(explain(createInterPodAffinity(), podOf('p'), wanted), [200, 0]);
    assert.deepEqual(explain(ignoring, podOf('p'), wanted), [0, 0]);
    assert.deepEqual(explain(ignoring, podOf('p', near('preferred')), wanted), [200, 0]);
  });

  it('make nothing of devices that nobody hands out', () => {
    const pod = podOf('p', { resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }] });
    const state = stateWith([]);
    const engine = createEngine({ state, plugins: [dynamicResources] });
    const decision = engine.decide(state.podInfo(pod));
    assert.match(decision.kind === 'unschedulable' ? (decision.obstacle ?? '') : '', /claims/);
    assert.equal(engine.isPlaceable(state.podInfo(podOf('q'))), true);
  });
});
