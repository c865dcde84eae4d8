import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLedger } from './ledger.ts';
import { planReclaim } from './plan-reclaim.ts';
import type { Claim, QueueTerms } from './queue-terms.ts';

const cpu = (amount: number) => new Map([['cpu', amount]]);
const queueOf = (name: string, nominal: number, rest: Partial<QueueTerms> = {}): QueueTerms => ({
  ...{ name, weight: 1, cohort: 'c', nominal: cpu(nominal), borrowingLimit: new Map() },
  ...{ reclaimWithinCohort: 'Any', withinQueue: 'Never' },
  ...rest,
});
const claimOf = (key: string, queue: string, priority = 0, amount = 1, since = 0): Claim => ({
  ...{ key, queue, priority, since },
  requests: cpu(amount),
});
/** `g-0` and `g-1` go together, `single` by itself. */
const together = ({ key }: Claim) => (key.includes('-') ? key.split('-')[0] : undefined);

function reclaim(claim: Claim, queues: readonly QueueTerms[], admitted: readonly Claim[]) {
  const ledger = createLedger(queues, cpu(1_000));
  for (const each of admitted) ledger.take(each);
  const before = queues.map(({ name }) => ledger.used(name).get('cpu') ?? 0);
  const plan = planReclaim(claim, queues, admitted, ledger, together);
  const after = queues.map(({ name }) => ledger.used(name).get('cpu') ?? 0);
  assert.deepEqual(after, before, 'the ledger is left as it was');
  return plan;
}
const keysOf = (plan: readonly Claim[] | undefined) => plan?.map(({ key }) => key).sort();

describe('planReclaim', () => {
  const queues = [queueOf('owner', 2), queueOf('guest', 2), queueOf('other', 0)];

  it('has claims that go together all go, in whatever queue they are', () => {
    const admitted = [
      claimOf('g-0', 'guest'),
      claimOf('g-1', 'guest'),
      claimOf('g-2', 'other'),
      claimOf('single', 'guest', 5),
    ];
    const owed = reclaim(claimOf('new', 'owner'), queues, admitted);
    assert.deepEqual(keysOf(owed), ['g-0', 'g-1', 'g-2']);
  });

  it('takes them for as important as the most important of them', () => {
    const lesser = [
      queueOf('owner', 2, { reclaimWithinCohort: 'LowerPriority' }),
      queueOf('guest', 2),
    ];
    const admitted = [
      claimOf('g-0', 'guest', 0),
      claimOf('g-1', 'guest', 9),
      claimOf('single', 'guest', 5),
      claimOf('other', 'guest', 6),
    ];
    assert.deepEqual(keysOf(reclaim(claimOf('new', 'owner', 8), lesser, admitted)), ['single']);
    assert.equal(reclaim(claimOf('new', 'owner', 1), lesser, admitted), undefined);
  });

  it('takes all of what goes together or nothing, and nothing that need not go', () => {
    const claim = fc.record({
      id: fc.constantFrom('g-', 'h-', ''),
      queue: fc.constantFrom('owner', 'guest', 'other'),
      priority: fc.nat(3),
      amount: fc.integer({ min: 1, max: 2 }),
      since: fc.nat(3),
    });
    let reclaimed = 0;
    fc.assert(
      fc.property(
        fc.array(claim, { maxLength: 8 }),
        fc.tuple(fc.nat(4), fc.nat(4), fc.nat(2)),
        fc.constantFrom<QueueTerms['reclaimWithinCohort']>('Any', 'LowerPriority'),
        fc.constantFrom<QueueTerms['withinQueue']>('Never', 'LowerPriority'),
        fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 2 })),
        (given, [owner, guest, other], reclaimWithinCohort, withinQueue, [priority, amount]) => {
          const all = [
            queueOf('owner', owner, { reclaimWithinCohort, withinQueue }),
            queueOf('guest', guest),
            queueOf('other', other),
          ];
          const admitted = given.map(({ id, queue, ...rest }, i) =>
            claimOf(`${id}${i}`, queue, rest.priority, rest.amount, rest.since),
          );
          const asking = claimOf('new', 'owner', priority, amount);
          const plan = reclaim(asking, all, admitted);
          if (!plan?.length) return;
          reclaimed += 1;
          const victims = new Set(plan);
          assert.equal(victims.size, plan.length);
          const fitsWithout = (gone: ReadonlySet<Claim>) => {
            const ledger = createLedger(all, cpu(1_000));
            for (const each of admitted) if (!gone.has(each)) ledger.take(each);
            return ledger.obstacle(asking) === undefined;
          };
          assert.ok(fitsWithout(victims));
          for (const victim of plan) {
            const id = together(victim);
            const unit = admitted.filter(
              (each) => each === victim || (id !== undefined && together(each) === id),
            );
            assert.ok(unit.every((each) => victims.has(each)));
            const rest = new Set(plan.filter((each) => !unit.includes(each)));
            assert.ok(!fitsWithout(rest), 'that one need not go');
          }
        },
      ),
      { numRuns: 2_000 },
    );
    assert.ok(reclaimed > 100, `${reclaimed}`);
  });
});
