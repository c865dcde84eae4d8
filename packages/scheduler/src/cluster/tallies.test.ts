import assert from 'node:assert/strict';
import { makeNode, makePod } from '@berth/api/testing';
import fc from 'fast-check';
import { createClusterState } from '../cluster-state.ts';
import type { PodShape } from '../pod-shape.ts';

const names = ['a', 'b', 'c', 'd'];
const step = fc.oneof(
  fc.record({
    kind: fc.constant('place' as const),
    pod: fc.nat(7),
    node: fc.nat(3),
    app: fc.nat(2),
  }),
  fc.record({ kind: fc.constant('remove' as const), pod: fc.nat(7) }),
  fc.record({
    kind: fc.constant('node' as const),
    node: fc.nat(3),
    zone: fc.nat(2),
    counts: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('lose' as const), node: fc.nat(3) }),
);

describe('a tally', () => {
  it('is what counting anew would give, per node and per domain, whenever it was begun', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(40), (steps, begin) => {
        const state = createClusterState();
        const weigh = (shape: PodShape) => Number(shape.labels['app']) - 1;
        const presence = (shape: PodShape) => (weigh(shape) === 0 ? 0 : 1);
        const counts = ({ node }: { readonly node: ReturnType<typeof makeNode> }) =>
          node.metadata.labels?.['counts'] === 'true';
        const begun = () => {
          const tally = state.tallies.of('weight', weigh);
          const present = state.tallies.of('presence', presence);
          return {
            tally,
            sums: tally.perDomain(state.topologies.of('zone')),
            present: present.perDomain(state.topologies.of('zone'), counts),
          };
        };
        let watched: ReturnType<typeof begun> | undefined;
        for (const [i, each] of steps.entries()) {
          if (i === begin) watched = begun();
          if (each.kind === 'place') {
            const pod = makePod(
              `p${each.pod}`,
              {},
              { metadata: { labels: { app: `${each.app}` } } },
            );
            state.addPod(state.podInfo(pod), names[each.node]!);
          } else if (each.kind === 'remove') state.removePod(`default/p${each.pod}`);
          else if (each.kind === 'lose') state.removeNode(names[each.node]!);
          else {
            const labels = {
              counts: `${each.counts}`,
              ...(each.zone > 0 && { zone: `z${each.zone}` }),
            };
            state.setNode(makeNode(names[each.node]!, {}, { metadata: { labels } }));
          }
        }
        const { tally, sums, present } = watched ?? begun();
        const domains = new Map<string, { sum: number; present: number | undefined }>();
        let total = 0;
        for (const node of state.nodes()) {
          const all = node.pods.map(({ shape }) => weigh(shape));
          const sum = all.reduce((a, b) => a + b, 0);
          total += sum;
          assert.equal(tally.amounts[node.index] ?? 0, sum);
          const zone = node.node.metadata.labels?.['zone'];
          if (zone === undefined) continue;
          const domain = domains.get(zone) ?? { sum: 0, present: undefined };
          domain.sum += sum;
          if (counts(node))
            domain.present = (domain.present ?? 0) + all.filter((weight) => weight !== 0).length;
          domains.set(zone, domain);
          const id = state.topologies.of('zone').domains[node.index]!;
          assert.ok(id >= 0);
        }
        assert.equal(tally.total, total);
        for (const node of state.nodes()) {
          const zone = node.node.metadata.labels?.['zone'];
          const id = state.topologies.of('zone').domains[node.index]!;
          assert.equal(id >= 0, zone !== undefined);
          if (zone !== undefined) assert.equal(sums.sum(id), domains.get(zone)!.sum);
        }
        const counted = [...domains.values()].flatMap(({ present: its }) => its ?? []);
        assert.equal(present.domainCount, counted.length);
        assert.equal(present.lowest, counted.length === 0 ? 0 : Math.min(...counted));
      }),
      { numRuns: 300 },
    );
  });

  it('is one for all who ask by the same key, until the last of them lets it go', () => {
    const state = createClusterState();
    state.setNode(makeNode('a'));
    let asked = 0;
    const weigh = () => (asked += 1) && 1;
    const first = state.tallies.of('k', weigh);
    assert.equal(state.tallies.of('k', weigh), first);
    first.release();
    state.addPod(state.podInfo(makePod('p')), 'a');
    assert.equal(first.total, 1);
    first.release();
    const before = asked;
    state.addPod(state.podInfo(makePod('q', {}, { metadata: { labels: { x: '1' } } })), 'a');
    assert.equal(asked, before);
  });
});
