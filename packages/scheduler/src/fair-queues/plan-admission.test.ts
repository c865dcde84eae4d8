import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Amounts } from '../resources.ts';
import { dominantShare } from './dominant-share.ts';
import { planAdmission } from './plan-admission.ts';
import type { Claim, QueueTerms } from './queue-terms.ts';

const amounts = (cpu: number, memory: number): Amounts =>
  new Map([
    ['cpu', cpu],
    ['memory', memory],
  ]);
const queueOf = (name: string, rest: Partial<QueueTerms> = {}): QueueTerms => ({
  name,
  weight: 1,
  nominal: new Map(),
  borrowingLimit: new Map(),
  reclaimWithinCohort: 'Any',
  withinQueue: 'LowerPriority',
  ...rest,
});
const claimsOf = (queue: string, count: number, requests: Amounts, priority = 0): Claim[] =>
  Array.from({ length: count }, (_, i) => ({
    key: `${queue}/${i}`,
    queue,
    priority,
    since: i,
    requests,
  }));
const nobody: ReadonlySet<string> = new Set();
const countOf = (claims: readonly Claim[], queue: string) =>
  claims.filter((claim) => claim.queue === queue).length;
function sumOf(claims: readonly Claim[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const { requests } of claims)
    for (const [name, amount] of requests) sum.set(name, (sum.get(name) ?? 0) + amount);
  return sum;
}

describe('planAdmission', () => {
  it('divides 9 CPU and 18 GB between tasks of <1, 4> and <3, 1> as the theory does: 3 and 2', () => {
    const { admit } = planAdmission({
      queues: [queueOf('a'), queueOf('b')],
      capacity: amounts(9, 18),
      admitted: [],
      leaving: nobody,
      waiting: [...claimsOf('a', 9, amounts(1, 4)), ...claimsOf('b', 9, amounts(3, 1))],
    });
    assert.deepEqual([countOf(admit, 'a'), countOf(admit, 'b')], [3, 2]);
  });

  describe('where every queue has more to run than fits', () => {
    interface Case {
      readonly capacity: Amounts;
      readonly queues: readonly QueueTerms[];
      readonly demands: readonly Amounts[];
    }
    const demand = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 9 }));
    const cases: fc.Arbitrary<Case> = fc
      .record({
        capacity: fc.tuple(fc.integer({ min: 20, max: 60 }), fc.integer({ min: 20, max: 60 })),
        users: fc.array(fc.tuple(demand, fc.integer({ min: 1, max: 3 }), fc.boolean()), {
          minLength: 2,
          maxLength: 5,
        }),
      })
      .map(({ capacity, users }) => ({
        capacity: amounts(...capacity),
        queues: users.map(([, weight], i) => queueOf(`q${i}`, { weight })),
        demands: users.map(([[a, b], , turned]) => (turned ? amounts(b, a) : amounts(a, b))),
      }));
    const plan = ({ capacity, queues, demands }: Case) =>
      planAdmission({
        queues,
        capacity,
        admitted: [],
        leaving: nobody,
        waiting: queues.flatMap(({ name }, i) => claimsOf(name, 60, demands[i]!)),
      }).admit;
    const hasRoom = (capacity: Amounts, used: Amounts, requests: Amounts) =>
      [...requests].every(
        ([name, amount]) =>
          amount === 0 || (used.get(name) ?? 0) + amount <= (capacity.get(name) ?? 0),
      );
    const law = (holds: (one: Case, admit: readonly Claim[]) => void) =>
      fc.assert(
        fc.property(cases, (one) => holds(one, plan(one))),
        { numRuns: 1_000 },
      );

    it('leaves no room for another task, and takes no more than there is', () => {
      law(({ capacity, demands }, admit) => {
        const used = sumOf(admit);
        for (const [name, amount] of used) assert.ok(amount <= capacity.get(name)!);
        for (const requests of demands) assert.ok(!hasRoom(capacity, used, requests));
      });
    });

    it('keeps dominant shares equal within one task, among queues that could go on', () => {
      law(({ capacity, queues, demands }, admit) => {
        const shareAt = (until: number, i: number) =>
          dominantShare(
            sumOf(admit.slice(0, until).filter(({ queue }) => queue === queues[i]!.name)),
            capacity,
            queues[i]!.weight,
          );
        for (const [at, { queue }] of admit.entries()) {
          const own = shareAt(at, Number(queue.slice(1)));
          const used = sumOf(admit.slice(0, at));
          for (const [i, requests] of demands.entries()) {
            if (!hasRoom(capacity, used, requests)) continue;
            const other = shareAt(at, i);
            assert.ok(own <= other + 1e-12, `${queue} was served at ${own}, q${i} had ${other}`);
          }
        }
      });
    });

    it('gives nobody reason to envy another, save for what does not divide', () => {
      law(({ queues, demands }, admit) => {
        const runs = queues.map(({ name }) => countOf(admit, name));
        for (const [i, mine] of demands.entries()) {
          for (const [j, theirs] of demands.entries()) {
            if (i === j) continue;
            const ratio = queues[i]!.weight / queues[j]!.weight;
            // What they have, less one task of theirs, as much of it as my weight is of theirs.
            const bundle = new Map(
              [...theirs].map(([name, amount]) => [name, amount * (runs[j]! - 1) * ratio]),
            );
            const wouldRun = Math.min(
              ...[...mine].flatMap(([name, amount]) =>
                amount > 0 ? [Math.floor((bundle.get(name) ?? 0) / amount + 1e-9)] : [],
              ),
            );
            assert.ok(wouldRun <= runs[i]! + Math.max(1, ratio), `q${i} envies q${j}`);
          }
        }
      });
    });

    it('gives weight 2 twice what weight 1 gets of the same tasks', () => {
      fc.assert(
        fc.property(demand, fc.integer({ min: 30, max: 900 }), ([a, b], size) => {
          const queues = [queueOf('q0'), queueOf('q1', { weight: 2 })];
          const demands = [amounts(a, b), amounts(a, b)];
          const admit = plan({ capacity: amounts(size, size), queues, demands });
          if (admit.length === 120) return;
          const [one, two] = [countOf(admit, 'q0'), countOf(admit, 'q1')];
          if (two < 60) assert.ok(Math.abs(two - 2 * one) <= 2, `${one} and ${two}`);
        }),
        { numRuns: 1_000 },
      );
    });
  });

  it('takes what is larger than what is left over, and goes on with what fits', () => {
    const [large] = claimsOf('a', 1, amounts(5, 1));
    const [small] = claimsOf('b', 1, amounts(2, 1));
    const plan = planAdmission({
      queues: [queueOf('a'), queueOf('b')],
      capacity: amounts(4, 4),
      admitted: [],
      leaving: nobody,
      waiting: [large!, small!],
    });
    assert.deepEqual(plan.admit, [small]);
    assert.deepEqual(plan.waiting.get('a/0'), {
      kind: 'capacity',
      resource: 'cpu',
      requested: 5,
      used: 0,
      limit: 4,
    });
  });

  it('keeps the place that leaving claims make for whom they leave', () => {
    const queues = [
      queueOf('owner', { cohort: 'c', nominal: amounts(4, 4) }),
      queueOf('guest', { cohort: 'c', nominal: amounts(0, 0) }),
    ];
    const guests = claimsOf('guest', 2, amounts(2, 2));
    const [owner] = claimsOf('owner', 1, amounts(4, 4));
    const greedy = { ...guests[0]!, key: 'guest/new' };
    const first = planAdmission({
      queues,
      capacity: amounts(4, 4),
      admitted: guests,
      leaving: nobody,
      waiting: [owner!, greedy],
    });
    assert.deepEqual(first.reclaim.map(({ key }) => key).sort(), ['guest/0', 'guest/1']);
    assert.deepEqual(first.admit, []);
    const second = planAdmission({
      queues,
      capacity: amounts(4, 4),
      admitted: guests.slice(1),
      leaving: new Set(['guest/1']),
      waiting: [owner!, greedy],
    });
    assert.deepEqual([second.admit, second.reclaim], [[], []]);
    const third = planAdmission({
      queues,
      capacity: amounts(4, 4),
      admitted: [],
      leaving: nobody,
      waiting: [owner!, greedy],
    });
    assert.deepEqual(third.admit, [owner]);
  });

  it('lets the more important go before others of the same queue', () => {
    const queues = [queueOf('q', { nominal: amounts(4, 4) })];
    const lesser = claimsOf('q', 4, amounts(1, 1));
    const [vip] = claimsOf('q', 1, amounts(2, 2), 10).map((c) => ({ ...c, key: 'vip' }));
    const snapshot = { queues, capacity: amounts(9, 9), leaving: nobody, waiting: [vip!] };
    const { reclaim } = planAdmission({ ...snapshot, admitted: lesser });
    assert.deepEqual(
      reclaim.map(({ key }) => key),
      ['q/3', 'q/2'],
    );
    const never = planAdmission({
      ...snapshot,
      queues: [{ ...queues[0]!, withinQueue: 'Never' }],
      admitted: lesser,
    });
    assert.deepEqual([never.reclaim, never.waiting.get('vip')?.kind], [[], 'limit']);
  });

  describe('over random histories of queues that borrow', () => {
    const resources = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }));
    const histories = fc.record({
      queues: fc.array(
        fc.record({
          nominal: resources,
          limit: fc.option(resources, { nil: undefined }),
          cohort: fc.constantFrom('x', 'y', undefined),
          reclaim: fc.constantFrom('Never', 'LowerPriority', 'Any'),
        } as const),
        { minLength: 2, maxLength: 4 },
      ),
      steps: fc.array(
        fc.record({
          queue: fc.nat(3),
          requests: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
          priority: fc.nat(2),
          ends: fc.nat(30),
        }),
        { minLength: 5, maxLength: 40 },
      ),
    });

    it('never takes a queue over its limit or a cohort over its quotas', () => {
      fc.assert(
        fc.property(histories, ({ queues: parts, steps }) => {
          const queues = parts.map(({ nominal, limit, cohort, reclaim }, i) =>
            queueOf(`q${i}`, {
              nominal: amounts(...nominal),
              reclaimWithinCohort: reclaim,
              ...(limit && { borrowingLimit: amounts(...limit) }),
              ...(cohort && { cohort }),
            }),
          );
          let admitted: readonly Claim[] = [];
          let waiting: readonly Claim[] = [];
          let leaving: ReadonlySet<string> = new Set();
          for (const [at, step] of steps.entries()) {
            const queue = `q${step.queue % queues.length}`;
            const requests = amounts(...step.requests);
            waiting = [
              ...waiting,
              { key: `${at}`, queue, priority: step.priority, since: at, requests },
            ];
            const plan = planAdmission({
              queues,
              capacity: amounts(1_000, 1_000),
              admitted,
              leaving,
              waiting,
            });
            const admittedNow = new Set(plan.admit);
            waiting = waiting.filter((claim) => !admittedNow.has(claim));
            admitted = [...admitted, ...plan.admit];
            for (const queueTerms of queues) {
              const { name, cohort, nominal, borrowingLimit } = queueTerms;
              const used = sumOf(admitted.filter((claim) => claim.queue === name));
              for (const [resource, own] of nominal) {
                const extra = cohort === undefined ? 0 : (borrowingLimit.get(resource) ?? Infinity);
                assert.ok((used.get(resource) ?? 0) <= own + extra);
              }
            }
            for (const cohort of ['x', 'y']) {
              const members = queues.filter((each) => each.cohort === cohort);
              const names = new Set(members.map(({ name }) => name));
              const used = sumOf(admitted.filter((claim) => names.has(claim.queue)));
              for (const resource of ['cpu', 'memory']) {
                const quota = members.reduce((sum, { nominal }) => sum + nominal.get(resource)!, 0);
                assert.ok((used.get(resource) ?? 0) <= quota);
              }
            }
            // The victims of the cycle before are gone by now, and somebody ends by itself.
            const gone = leaving;
            leaving = new Set(plan.reclaim.map(({ key }) => key));
            admitted = admitted.filter(
              ({ key }, i) => !gone.has(key) && (leaving.has(key) || i !== step.ends),
            );
          }
        }),
        { numRuns: 300 },
      );
    });

    it('gives an owner its nominal quota back within two cycles', () => {
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 }),
          fc.integer({ min: 4, max: 12 }),
          fc.integer({ min: 1, max: 12 }),
          (guestSizes, nominal, size) => {
            const queues = [
              queueOf('owner', { cohort: 'c', nominal: amounts(nominal, nominal) }),
              queueOf('guest', { cohort: 'c', nominal: amounts(2, 2) }),
            ];
            const base = { queues, capacity: amounts(nominal + 2, nominal + 2) };
            const guests = guestSizes.map((cpu, i): Claim => {
              return { ...claimsOf('guest', 1, amounts(cpu, cpu))[0]!, key: `g${i}`, since: i };
            });
            const borrowed = planAdmission({
              ...base,
              admitted: [],
              leaving: nobody,
              waiting: guests,
            }).admit;
            const count = Math.max(1, Math.floor(nominal / size));
            const each = Math.min(size, nominal);
            const wanted = claimsOf('owner', count, amounts(each, each));
            const first = planAdmission({
              ...base,
              admitted: borrowed,
              leaving: nobody,
              waiting: wanted,
            });
            const gone = new Set(first.reclaim);
            const stayed = borrowed.filter((claim) => !gone.has(claim));
            const second = planAdmission({
              ...base,
              admitted: [...stayed, ...first.admit],
              leaving: nobody,
              waiting: wanted.filter((claim) => !first.admit.includes(claim)),
            });
            assert.equal(first.admit.length + second.admit.length, wanted.length);
            if (wanted.length !== 1) return;
            // Nobody went in vain: with any one of them the owner would have come short.
            for (const victim of gone) {
              const used = sumOf([...stayed, victim, ...wanted]);
              assert.ok(used.get('cpu')! > nominal + 2);
            }
          },
        ),
        { numRuns: 300 },
      );
    });
  });
});
