import assert from 'node:assert/strict';
import type { ApiResponse, PriorityLevelConfiguration } from '@berth/api';
import { makeMetadata } from '@berth/api/testing';
import { createMetrics } from '@berth/component-base/metrics';
import { createFakeClock } from '@berth/component-base/testing';
import fc from 'fast-check';
import type { Flow } from '../flow-control/classify.ts';
import { compileSchemas } from '../flow-control/classify.ts';
import { createFairQueues } from '../flow-control/fair-queues.ts';
import { mandatorySchemas, suggestedSchemas } from '../flow-control/objects.ts';
import { createSeats } from '../flow-control/seats.ts';
import { dealHand } from '../flow-control/shuffle-shard.ts';
import { Lifetime } from '../lifetime.ts';
import type { Handler } from '../request.ts';
import { jsonResponse } from '../response.ts';
import { makeContext } from '../testing/context.ts';
import { createPriorityAndFairness } from './priority-and-fairness.ts';

const level = (
  name: string,
  shares: number,
  limited: object = {},
  queuing: object | null = { queues: 8, handSize: 2, queueLengthLimit: 2 },
): PriorityLevelConfiguration => ({
  metadata: makeMetadata(name),
  spec: {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: shares,
      lendablePercent: 0,
      limitResponse: queuing ? { type: 'Queue', queuing } : { type: 'Reject' },
      ...limited,
    },
  },
});

const flowOf = (name: string): Flow => ({
  schema: name,
  uid: `uid-of-${name}`,
  level: name,
  matches: () => true,
  distinguisher: ({ user }) => user.name,
});

/** A server with a gate: requests run until they are let go. */
function bench(total: number, ...levels: readonly PriorityLevelConfiguration[]) {
  const clock = createFakeClock();
  const seats = createSeats(total);
  seats.configure(levels);
  const running: { readonly user: string; readonly finish: () => void }[] = [];
  const handler: Handler = ({ user }) =>
    new Promise<ApiResponse>((resolve) => {
      running.push({ user: user.name, finish: () => resolve(jsonResponse(200, {})) });
    });
  const classify: (request: { user: { groups: readonly string[] } }) => Flow = ({ user }) =>
    flowOf(user.groups[0] ?? levels[0]?.metadata.name ?? '');
  const filter = createPriorityAndFairness({
    flowControl: { seats, classify },
    clock,
    metrics: createMetrics(),
    waitMs: 15_000,
  });
  const limited = filter(handler);
  return {
    clock,
    running,
    users: () => running.map(({ user }) => user),
    ask: (name: string, group?: string, lifetime = new Lifetime()) =>
      limited(
        makeContext('GET', '/api/v1/pods', {
          user: { name, groups: group ? [group] : [] },
          lifetime,
        }),
      ),
    settle: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

describe('priority and fairness', () => {
  it('sends away with 429 what neither runs nor waits, and says by which rule', async () => {
    const { ask, running, settle } = bench(1, level('a', 1, {}, null));
    const first = ask('jane');
    const { status, headers } = await ask('jane');
    assert.equal(status, 429);
    assert.equal(headers['retry-after'], '1');
    assert.equal(headers['x-kubernetes-pf-flowschema-uid'], 'uid-of-a');
    assert.equal(headers['x-kubernetes-pf-prioritylevel-uid'], 'uid-a');
    await settle();
    running[0]?.finish();
    assert.equal((await first).headers['x-kubernetes-pf-flowschema-uid'], 'uid-of-a');
  });

  it('lets users take turns however many requests one of them has', async () => {
    const queuing = { queues: 64, handSize: 6, queueLengthLimit: 50 };
    const { ask, running, users, settle } = bench(1, level('a', 1, {}, queuing));
    const names = [...Array.from({ length: 40 }, () => 'greedy'), 'modest'];
    const all = names.map((name) => ask(name));
    for (let i = 0; i < all.length; i++) {
      await settle();
      running[i]?.finish();
    }
    await Promise.all(all);
    // Six queues at most are filled by the greedy one, and the modest one waits for a turn of each.
    assert.ok(users().indexOf('modest') <= 8, String(users().indexOf('modest')));
  });

  it('keeps leases and nodes alive while somebody else asks for everything', async () => {
    const { ask, users, settle } = bench(
      10,
      level('workload', 80, { lendablePercent: 90 }),
      level('nodes', 20),
    );
    for (let i = 0; i < 100; i++) void ask('greedy', 'workload');
    await settle();
    const before = users().length;
    assert.equal(before, 8);
    void ask('node', 'nodes');
    void ask('node', 'nodes');
    await settle();
    assert.deepEqual(users().slice(before), ['node', 'node']);
  });

  it('borrows what others lend, as far as its own limit, and gives back first to who lent', async () => {
    const { ask, running, users, settle } = bench(
      10,
      level('lender', 50, { lendablePercent: 60 }),
      level('borrower', 50, { borrowingLimitPercent: 40 }),
    );
    for (let i = 0; i < 9; i++) void ask('b', 'borrower');
    await settle();
    assert.equal(users().length, 7);
    for (let i = 0; i < 5; i++) void ask('l', 'lender');
    await settle();
    assert.equal(users().filter((name) => name === 'l').length, 3);
    running[0]?.finish();
    await settle();
    assert.equal(users().at(-1), 'l');
  });

  it('forgets a waiter whose client has gone, and one that waited too long', async () => {
    const { ask, clock, running, settle } = bench(1, level('a', 1));
    const first = ask('a');
    const gone = new Lifetime();
    const left = ask('b', undefined, gone);
    const late = ask('c');
    await settle();
    gone.end();
    assert.equal((await left).status, 429);
    await clock.advance(15_000);
    assert.equal((await late).status, 429);
    running[0]?.finish();
    await first;
    const next = ask('d');
    await settle();
    running[1]?.finish();
    assert.equal((await next).status, 200);
    assert.equal(clock.pending(), 0);
  });
});

describe('a level that changes', () => {
  it('seats who waits when there are more seats, and keeps who runs when there are fewer', () => {
    const seats = createSeats(2);
    const seated: string[] = [];
    const enter = (who: string) =>
      seats.enter(
        'a',
        () => who,
        () => void seated.push(who),
      );
    seats.configure([level('a', 1), level('b', 1)]);
    assert.deepEqual([enter('1'), enter('2')], ['seated', 'waiting']);
    seats.configure([level('a', 1)]);
    assert.deepEqual(seated, ['2']);
    seats.configure([level('a', 1), level('b', 1)]);
    assert.equal(seats.level('a')?.running, 2);
    assert.equal(enter('3'), 'waiting');
    seats.leave('a');
    assert.deepEqual(seated, ['2']);
    seats.leave('a');
    assert.deepEqual(seated, ['2', '3']);
  });
});

describe('dealHand', () => {
  it('gives each flow different queues, always the same', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 1, max: 128 }),
        fc.nat(12),
        (flow, queues, more) => {
          const hand = dealHand(flow, queues, Math.min(queues, more + 1));
          assert.equal(new Set(hand).size, Math.min(queues, more + 1));
          assert.ok(hand.every((index) => index >= 0 && index < queues));
          assert.deepEqual(dealHand(flow, queues, hand.length), hand);
        },
      ),
    );
  });
});

describe('fair queues', () => {
  it('give back everything that they took, once', () => {
    const pushes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean()));
    fc.assert(
      fc.property(pushes, (steps) => {
        const queues = createFairQueues<number>({ queues: 4, handSize: 2, queueLengthLimit: 3 });
        const taken = new Set<number>();
        steps.forEach(([flow, removed], i) => {
          if (!queues.push(flow, i)) return;
          if (removed) queues.remove(i);
          else taken.add(i);
        });
        assert.equal(queues.size, taken.size);
        for (let item = queues.shift(); item !== undefined; item = queues.shift()) {
          assert.ok(taken.delete(item));
        }
        assert.equal(taken.size, 0);
      }),
    );
  });
});

describe('the flow schemas of every cluster', () => {
  const flows = compileSchemas(
    [...mandatorySchemas, ...suggestedSchemas].map(({ name, spec }) => ({
      metadata: makeMetadata(name),
      spec,
    })),
  );
  const authenticated = 'system:authenticated';
  const node = { name: 'system:node:a', groups: ['system:nodes', authenticated] };
  const account = (namespace: string) => ({
    name: `system:serviceaccount:${namespace}:x`,
    groups: ['system:serviceaccounts', authenticated],
  });
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/a';
  const cases = [
    ['GET', '/api/v1/pods', { name: 'a', groups: ['system:masters', authenticated] }, 'exempt'],
    ['GET', '/readyz', { name: 'a', groups: ['system:unauthenticated'] }, 'probes'],
    [
      'PUT',
      leases,
      { name: 'system:kube-scheduler', groups: [authenticated] },
      'system-leader-election',
    ],
    ['PUT', leases, node, 'system-node-high'],
    ['PATCH', '/api/v1/nodes/a/status', node, 'system-node-high'],
    ['GET', '/api/v1/pods', node, 'system-nodes'],
    [
      'GET',
      '/api/v1/pods',
      { name: 'system:kube-scheduler', groups: [authenticated] },
      'kube-scheduler',
    ],
    ['GET', '/api/v1/pods', account('kube-system'), 'kube-system-service-accounts'],
    ['GET', '/api/v1/pods', account('default'), 'service-accounts'],
    ['GET', '/api/v1/pods', { name: 'jane', groups: [authenticated] }, 'global-default'],
  ] as const;
  for (const [method, path, user, expected] of cases) {
    it(`send ${method} ${path} of ${user.name} to ${expected}`, () => {
      const request = makeContext(method, path, { user });
      assert.equal(flows.find((flow) => flow.matches(request))?.schema, expected);
    });
  }
});
