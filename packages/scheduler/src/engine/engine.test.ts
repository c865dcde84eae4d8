import assert from 'node:assert/strict';
import { makeNode, makePod } from '@berth/api/testing';
import fc from 'fast-check';
import { createClusterState } from '../cluster-state.ts';
import { failureMessage } from '../failure-message.ts';
import { fits, refuse } from '../framework.ts';
import type { Plugin } from '../framework.ts';
import { createEngine } from './engine.ts';

const numberOf = (name: string) => Number(name.slice(1));
const scoring = (name: string, weight: number, score: (n: number) => number): Plugin => ({
  name,
  weight,
  score: { prepare: () => (node) => score(numberOf(node.name)) },
});
const refusing = (name: string, reason: string, when: (n: number) => boolean): Plugin => ({
  name,
  filter: () => (node) => (when(numberOf(node.name)) ? refuse(reason) : fits),
});
function deciding(nodes: number, plugins: readonly Plugin[]) {
  const state = createClusterState();
  for (let i = 0; i < nodes; i += 1) state.setNode(makeNode(`n${i}`));
  const engine = createEngine({ state, plugins });
  return () => engine.decide(state.podInfo(makePod('p')));
}

describe('createEngine', () => {
  it('always picks a feasible node with the highest weighted total', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ ok: fc.boolean(), a: fc.nat(100), b: fc.nat(100) }), {
          minLength: 1,
          maxLength: 30,
        }),
        (facts) => {
          const plugins = [
            refusing('Refusing', 'no', (i) => !facts[i]!.ok),
            scoring('A', 2, (i) => facts[i]!.a),
            scoring('B', 1, (i) => facts[i]!.b),
          ];
          const decision = deciding(facts.length, plugins)();
          const totals = facts.map(({ ok, a, b }) => (ok ? 2 * a + b : -1));
          const best = Math.max(...totals);
          if (best < 0) return decision.kind === 'unschedulable';
          return decision.kind === 'bind' && totals[numberOf(decision.nodeName)] === best;
        },
      ),
    );
  });

  it('breaks ties evenly, and the same way whatever came before', () => {
    const names = Array.from({ length: 30 }, (_, i) => `n${i}`);
    const place = (order: readonly string[], detours: boolean) => {
      const state = createClusterState();
      for (const name of order) state.setNode(makeNode(name));
      const engine = createEngine({ state, plugins: [{ name: 'Kept', scope: 'node' }] });
      const counts = new Map<string, number>();
      for (let i = 0; i < 3000; i += 1) {
        const pod = state.podInfo(makePod(`p${i}`));
        const decision = engine.decide(pod);
        assert.ok(decision.kind === 'bind');
        if (detours && i % 7 === 0) {
          const other = state.podInfo(makePod('other'));
          state.assume(other, order[i % order.length]!);
          engine.decide(pod);
          state.removePod(other.key);
          assert.deepEqual(engine.decide(pod), decision);
        }
        state.assume(pod, decision.nodeName);
        counts.set(decision.nodeName, (counts.get(decision.nodeName) ?? 0) + 1);
      }
      return counts;
    };
    const counts = place(names, false);
    for (const name of names) {
      const count = counts.get(name) ?? 0;
      assert.equal(count, 100, name);
    }
    const again = place(names.toReversed(), true);
    assert.deepEqual([...again].sort(), [...counts].sort());
  });

  it('says in upstream’s words why no node fits', () => {
    const plugins = [
      refusing('A', 'node(s) were unschedulable', (i) => i === 0),
      refusing('B', 'Insufficient cpu', () => true),
    ];
    const decision = deciding(3, plugins)();
    assert.ok(decision.kind === 'unschedulable');
    assert.equal(
      failureMessage(decision),
      '0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.',
    );
    assert.deepEqual(decision.refusedBy, new Set(['A', 'B']));
  });

  it('knows an empty cluster', () => {
    const decision = deciding(0, [])();
    assert.equal(
      decision.kind === 'unschedulable' && failureMessage(decision),
      'no nodes available to schedule pods',
    );
  });

  it('refuses scores that are out of bounds', () => {
    assert.throws(deciding(2, [scoring('Wild', 1, () => 101)]), /plugin Wild gives the score 101/);
  });
});
