import assert from 'node:assert/strict';
import { makePod } from '@berth/api/testing';
import { createFakeClock } from '@berth/component-base/testing';
import type { Clock } from '@berth/component-base';
import fc from 'fast-check';
import { createHeap } from './heap.ts';
import { createPodInfo } from './pod-info.ts';
import type { PodInfo } from './pod-info.ts';
import { createSchedulingQueue } from './queue.ts';
import type { QueuedPod, SchedulingQueue, SchedulingQueueOptions } from './queue.ts';

const gate = { schedulingGates: [{ name: 'example.com/quota' }] };
const info = (name: string, priority = 0, rest = {}) =>
  createPodInfo(makePod(name, { priority, ...rest }));
const refusedBy = new Set(['NodeResourcesFit']);
const podGone = { label: 'AssignedPodDelete', helps: refusedBy };
/** Pods called `a-1`, `a-2`, … are alike. */
const groupOf = ({ pod }: PodInfo) => pod.metadata.name.split('-')[0]!;
const isGated = ({ pod }: PodInfo) => (pod.spec.schedulingGates ?? []).length > 0;

function start(options: Partial<SchedulingQueueOptions> = {}) {
  const clock = createFakeClock();
  const placeable = new Set<string>();
  let asked = 0;
  const queue = createSchedulingQueue({
    clock,
    groupOf,
    isGated,
    isPlaceable(pod) {
      asked += 1;
      return placeable.has(groupOf(pod));
    },
    ...options,
  });
  const takeAll = () => {
    const names: string[] = [];
    for (let pod = queue.take(); pod; pod = queue.take()) names.push(pod.info.pod.metadata.name);
    return names;
  };
  const park = (name: string) => {
    queue.add(info(name));
    queue.park(queue.take()!, refusedBy);
  };
  return { clock, queue, placeable, takeAll, park, asked: () => asked };
}

describe('createSchedulingQueue', () => {
  it('gives the highest priority first, and then who came first', () => {
    const { queue, takeAll } = start();
    for (const [name, priority] of [
      ['a', 0],
      ['b', 10],
      ['c', 0],
      ['d', 10],
    ] as const) {
      queue.add(info(name, priority));
    }
    assert.deepEqual(takeAll(), ['b', 'd', 'a', 'c']);
  });

  it('puts a pod that failed behind those of its priority that were not tried yet', async () => {
    const { clock, queue, takeAll } = start();
    queue.add(info('first'));
    await clock.advance(100);
    const first = queue.take()!;
    queue.add(info('second'));
    await clock.advance(100);
    queue.retry(first);
    queue.add(info('third'));
    await clock.advance(3_000);
    assert.deepEqual(takeAll(), ['second', 'first', 'third']);
  });

  it('parks a pod until an event after which a node takes it', async () => {
    const { clock, queue, placeable, park, takeAll } = start();
    park('a');
    assert.equal(queue.placeOf('default/a'), 'unschedulable');
    queue.happened(podGone);
    assert.deepEqual(takeAll(), [], 'no node takes it');
    placeable.add('a');
    queue.happened({ label: 'NodeTaintRemoved', helps: new Set(['TaintToleration']) });
    assert.deepEqual(takeAll(), [], 'what happened has nothing to do with it');
    await clock.advance(20_000);
    queue.happened(podGone);
    assert.deepEqual(takeAll(), ['a']);
  });

  it('looks at what happened when somebody waits, too', async () => {
    const { clock, queue, placeable, park } = start();
    park('a');
    const stop = new AbortController();
    let woken = false;
    const ready = queue.ready(stop.signal).then(() => (woken = true));
    placeable.add('a');
    await clock.advance(0);
    assert.ok(!woken);
    queue.happened(podGone);
    await clock.advance(0);
    await ready;
    assert.equal(queue.take()?.attempts, 2);
  });

  it('ends its wait when the signal aborts', async () => {
    const { queue } = start();
    const stop = new AbortController();
    const ready = queue.ready(stop.signal);
    stop.abort();
    await ready;
    await queue.ready(stop.signal);
  });

  it('leaves no timer behind when it is closed', () => {
    const { clock, queue, park } = start();
    park('a');
    assert.equal(clock.pending(), 1);
    queue.close();
    park('b');
    assert.equal(clock.pending(), 0);
  });

  it('does not lose an event that came during the attempt', () => {
    const { queue, placeable } = start();
    queue.add(info('a'));
    const pod = queue.take()!;
    placeable.add('a');
    queue.happened(podGone);
    queue.park(pod, refusedBy);
    assert.equal(queue.placeOf('default/a'), 'backoff');
  });

  it('wakes pods that no node refused, because there was none, at any event', () => {
    const { queue, placeable, takeAll } = start();
    queue.add(info('a'));
    queue.park(queue.take()!, new Set());
    placeable.add('a');
    queue.happened({ label: 'NodeAdd', helps: new Set(['NodeName']) });
    assert.deepEqual(takeAll(), ['a']);
  });

  it('tries a parked pod again after five minutes whatever happens', async () => {
    const { clock, queue, park } = start();
    park('a');
    await clock.advance(5 * 60_000 - 1);
    assert.equal(queue.depths().unschedulable, 1);
    await clock.advance(1);
    assert.deepEqual(queue.depths(), { active: 1, backoff: 0, unschedulable: 0, gated: 0 });
  });

  it('backs off longer with every error, up to ten seconds, to the next full second', async () => {
    const { clock, queue } = start();
    queue.add(info('a'));
    await clock.advance(400);
    for (const ms of [2_000, 3_000, 5_000, 9_000, 11_000, 11_000]) {
      queue.retry(queue.take()!);
      const rest = ms - (clock.now() % 1_000);
      await clock.advance(rest - 1);
      assert.equal(queue.take(), undefined, `after ${rest - 1} ms`);
      await clock.advance(1);
      assert.equal(queue.depths().active, 1, `after ${rest} ms`);
    }
  });

  it('takes a pod that no node took early when there is nothing else to do, the most urgent first', () => {
    const { queue, placeable, takeAll } = start();
    for (const [name, priority] of [
      ['a', 0],
      ['b', 5],
      ['c', 0],
    ] as const) {
      queue.add(info(name, priority));
    }
    const pods = [queue.take()!, queue.take()!, queue.take()!];
    for (const pod of pods) queue.park(pod, refusedBy);
    for (const name of ['a', 'b', 'c']) placeable.add(name);
    queue.happened(podGone);
    queue.add(info('new'));
    assert.deepEqual(takeAll(), ['new', 'b', 'a', 'c']);
  });

  it('forgets a pod that was removed during its attempt, and knows another one of its name', async () => {
    const { clock, queue } = start();
    queue.add(info('a'));
    const before = queue.take()!;
    queue.remove('default/a');
    queue.add(info('a'));
    queue.retry(before);
    queue.park(before, refusedBy);
    await clock.advance(60_000);
    assert.deepEqual(queue.depths(), { active: 1, backoff: 0, unschedulable: 0, gated: 0 });
    assert.equal(queue.take()?.attempts, 1);
  });

  it('gives a pod that changed another attempt, and keeps one in which nothing changed parked', async () => {
    const { clock, queue, park, takeAll } = start();
    park('a');
    await clock.advance(20_000);
    queue.add(info('a'), false);
    assert.deepEqual(takeAll(), []);
    queue.add(info('a'), true);
    queue.add(info('a'), true);
    assert.deepEqual(takeAll(), ['a']);
  });

  it('tries a pod again that changed during its attempt', () => {
    const { queue } = start();
    queue.add(info('a'));
    const pod = queue.take()!;
    queue.add(info('a', 7));
    queue.park(pod, refusedBy);
    assert.equal(queue.placeOf('default/a'), 'backoff');
    assert.equal(queue.take()?.info.priority, 7);
  });

  it('does not try a pod behind a gate, and does not count the time there', async () => {
    const { clock, queue, takeAll } = start();
    queue.add(info('a', 0, gate));
    queue.happened(podGone);
    assert.deepEqual(takeAll(), []);
    assert.equal(queue.depths().gated, 1);
    await clock.advance(60_000);
    queue.add(info('a'));
    assert.equal(queue.take()!.since, clock.now());
  });

  it('asks again about the gates that it is told of, and lets several go at once', async () => {
    const held = new Set(['default/a', 'default/b', 'default/c']);
    const { clock, queue, park, takeAll } = start({ isGated: ({ key }) => held.has(key) });
    for (const name of ['a', 'b', 'c']) queue.add(info(name));
    await clock.advance(5_000);
    assert.deepEqual([takeAll(), queue.depths().gated], [[], 3]);
    held.clear();
    queue.reconsider(['default/b', 'default/a', 'default/gone'], 'PodGroupAdd');
    assert.equal(queue.placeOf('default/c'), 'gated', 'nobody asked about it');
    const first = queue.take()!;
    assert.equal(first.since, clock.now());
    assert.deepEqual([first.info.key, ...takeAll()], ['default/a', 'b'], 'in their old order');

    park('d');
    held.add('default/d');
    held.add('default/a');
    queue.reconsider(['default/d', 'default/a'], 'PodDelete');
    assert.equal(queue.placeOf('default/d'), 'gated');
    assert.equal(queue.placeOf('default/a'), 'taken');
    queue.retry(first);
    assert.equal(queue.placeOf('default/a'), 'gated');
  });

  it('gives pods along with another wherever they wait, but none that is gated or taken', () => {
    const { queue, park } = start();
    park('parked');
    queue.add(info('failed'));
    queue.retry(queue.take()!);
    queue.add(info('gated', 0, gate));
    queue.add(info('taken'));
    queue.take();
    queue.add(info('active'));
    const keys = ['active', 'taken', 'failed', 'gated', 'parked', 'gone'];
    const taken = queue.takeAlso(keys.map((name) => `default/${name}`));
    assert.deepEqual(
      taken.map(({ info: { pod }, attempts }) => [pod.metadata.name, attempts]),
      [
        ['active', 1],
        ['failed', 2],
        ['parked', 2],
      ],
    );
    assert.deepEqual(queue.depths(), { active: 0, backoff: 0, unschedulable: 0, gated: 1 });
    for (const pod of taken) queue.park(pod, refusedBy);
    assert.equal(queue.depths().unschedulable, 3);
  });

  it('tells what came into which queue, and why', async () => {
    const incoming: string[] = [];
    const { clock, queue, placeable, park } = start({
      onIncoming: (place, event) => incoming.push(`${place} ${event}`),
    });
    park('a');
    placeable.add('a');
    queue.happened(podGone);
    queue.retry(queue.take()!);
    await clock.advance(2_000);
    queue.add(info('b', 0, gate));
    assert.deepEqual(incoming, [
      'active UnscheduledPodAdd',
      'unschedulable ScheduleAttemptFailure',
      'backoff AssignedPodDelete',
      'backoff ScheduleAttemptFailure',
      'active BackoffComplete',
      'gated UnscheduledPodAdd',
    ]);
  });

  it('keeps ten thousand parked pods for one timer, and looks once per event at those that are alike', async () => {
    const { clock, queue, placeable, asked, takeAll } = start();
    for (let i = 0; i < 10_000; i += 1) queue.add(info(`a-${i}`));
    for (let pod = queue.take(); pod; pod = queue.take()) queue.park(pod, refusedBy);
    assert.equal(clock.pending(), 1);
    await clock.advance(60_000);
    assert.equal(asked(), 0, 'nothing happened');
    for (let i = 0; i < 100; i += 1) {
      queue.happened(podGone);
      assert.deepEqual(takeAll(), []);
    }
    assert.equal(asked(), 100);
    placeable.add('a');
    queue.happened(podGone);
    for (let room = 7; room > 0; room -= 1) {
      const pod = queue.take();
      assert.ok(pod);
      if (room === 1) placeable.delete('a');
      queue.placed(pod);
      queue.remove(pod.info.key);
    }
    assert.equal(queue.take(), undefined, 'as many as found room');
    assert.equal(queue.depths().unschedulable, 9_993);
  });

  it('tries the next when the one that was sent is deleted, changes or fails for no fault of its own', () => {
    for (const end of ['remove', 'retry', 'change'] as const) {
      const { queue, placeable } = start();
      for (const name of ['a-1', 'a-2']) queue.add(info(name));
      for (let pod = queue.take(); pod; pod = queue.take()) queue.park(pod, refusedBy);
      placeable.add('a');
      queue.happened(podGone);
      const scout = queue.take()!;
      assert.equal(queue.placeOf('default/a-2'), 'unschedulable');
      if (end === 'remove') queue.remove(scout.info.key);
      else if (end === 'retry') queue.retry(scout);
      else queue.add(info('a-1', 3));
      assert.equal(queue.take()?.info.key, 'default/a-2', end);
    }
  });

  it('behaves as a plain queue that looks at every pod at every event', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (steps) => {
        const world = createWorld();
        for (const one of steps) {
          world.apply(one);
          assert.deepEqual(world.queue.depths(), world.plain.depths(), JSON.stringify(one));
        }
      }),
      { numRuns: 500 },
    );
  });
});

type Step =
  | {
      readonly kind: 'add';
      readonly pod: number;
      readonly priority: number;
      readonly shape: number;
    }
  | {
      readonly kind: 'remove' | 'park' | 'retry' | 'touch' | 'change' | 'place';
      readonly pod: number;
    }
  | { readonly kind: 'take' }
  | { readonly kind: 'open' | 'close'; readonly shape: number }
  | { readonly kind: 'wait'; readonly ms: number };

const pod = fc.nat(5);
const shape = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), pod, priority: fc.nat(1), shape }),
  fc.record({
    kind: fc.constantFrom('remove', 'park', 'park', 'retry', 'touch', 'change', 'place'),
    pod,
  }),
  fc.constant({ kind: 'take' as const }),
  fc.record({ kind: fc.constantFrom('open', 'close'), shape }),
  fc.record({
    kind: fc.constant('wait' as const),
    ms: fc.oneof(fc.nat(3_000), fc.constantFrom(400_000)),
  }),
);

/** The queue and its model side by side, under one clock. */
function createWorld() {
  let now = 0;
  let timers: { readonly at: number; readonly fn: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after(ms, fn) {
      const timer = { at: now + ms, fn };
      timers.push(timer);
      return () => (timers = timers.filter((other) => other !== timer));
    },
  };
  const open = new Set<string>();
  const shapes = new Map<string, string>();
  const shapeOf = ({ key }: PodInfo) => shapes.get(key)!;
  const queue: SchedulingQueue = createSchedulingQueue({
    clock,
    groupOf: shapeOf,
    isGated,
    isPlaceable: (one) => open.has(shapeOf(one)),
  });
  const plain = createPlainQueue(() => now, open);
  const held = new Map<string, QueuedPod>();
  const known = new Set<string>();
  const of = (one: number, priority = 0) => info(`p${one}`, priority);

  const apply = (one: Step) => {
    switch (one.kind) {
      case 'add': {
        const pod = of(one.pod, one.priority);
        if (known.has(pod.key)) return;
        known.add(pod.key);
        shapes.set(pod.key, String(one.shape));
        queue.add(pod);
        plain.add(pod.key, one.priority, String(one.shape));
        return;
      }
      case 'remove':
        queue.remove(of(one.pod).key);
        plain.remove(of(one.pod).key);
        known.delete(of(one.pod).key);
        held.delete(of(one.pod).key);
        return;
      case 'touch':
      case 'change': {
        const { key } = of(one.pod);
        if (!known.has(key)) return;
        queue.add(of(one.pod, plain.priorityOf(key)), one.kind === 'change');
        if (one.kind === 'change') plain.change(key);
        return;
      }
      case 'park':
      case 'retry':
      case 'place': {
        const { key } = of(one.pod);
        const taken = held.get(key);
        if (!taken) return;
        if (one.kind === 'place') {
          queue.placed(taken);
          return plain.placed(key);
        }
        held.delete(key);
        if (one.kind === 'park') queue.park(taken, refusedBy);
        else queue.retry(taken);
        return plain[one.kind](key);
      }
      case 'take': {
        const taken = queue.take();
        assert.equal(taken?.info.key, plain.take());
        if (taken) held.set(taken.info.key, taken);
        return;
      }
      case 'open':
      case 'close':
        if (one.kind === 'open') open.add(String(one.shape));
        else open.delete(String(one.shape));
        queue.happened(podGone);
        plain.happened();
        return;
      case 'wait': {
        const until = now + one.ms;
        for (;;) {
          const due = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
          if (!due) break;
          timers = timers.filter((other) => other !== due);
          now = Math.max(now, due.at);
          plain.tick();
          due.fn();
        }
        now = until;
        plain.tick();
      }
    }
  };
  return { apply, queue, plain };
}

/** What the queue promises, in the plainest way: one list, gone through at every step. */
function createPlainQueue(now: () => number, open: ReadonlySet<string>) {
  interface Plain {
    readonly key: string;
    readonly priority: number;
    readonly shape: string;
    readonly order: number;
    place: 'active' | 'backoff' | 'unschedulable' | 'taken';
    queuedAt: number;
    refusals: number;
    errors: number;
    changed: boolean;
    seen: number;
    scoutOf?: string | undefined;
  }
  let pods: Plain[] = [];
  let order = 0;
  let events = 0;
  let unread = false;
  const refusedAt = new Map<string, number>();
  const groupOf = ({ shape, priority }: Plain) => `${shape}/${priority}`;
  const find = (key: string) => pods.find((one) => one.key === key);
  const ahead = (a: Plain, b: Plain) =>
    b.priority - a.priority || a.queuedAt - b.queuedAt || a.order - b.order;
  const end = ({ errors, refusals, queuedAt }: Plain) => {
    const count = errors || refusals;
    if (count === 0) return 0;
    const ms = Math.min(10_000, 1_000 * 2 ** (count - 1));
    return (Math.floor((queuedAt + ms) / 1_000) + 1) * 1_000;
  };
  const requeue = (one: Plain) => (one.place = end(one) <= now() ? 'active' : 'backoff');
  const waiting = (group: string) =>
    pods.filter((one) => one.place === 'unschedulable' && groupOf(one) === group).sort(ahead);
  const send = (group: string, anyway = false) => {
    const [first] = waiting(group);
    if (!first || pods.some(({ scoutOf }) => scoutOf === group)) return;
    if (!anyway && !open.has(first.shape)) return;
    first.scoutOf = group;
    requeue(first);
  };
  const settle = (one: Plain, refused = false) => {
    const group = one.scoutOf;
    one.scoutOf = undefined;
    if (group !== undefined && !refused) send(group);
  };
  const comeBack = (one: Plain) => {
    one.queuedAt = now();
    one.place = 'taken';
    settle(one);
    requeue(one);
  };
  const groups = () => [...new Set(pods.map(groupOf))];

  return {
    add(key: string, priority: number, shape: string) {
      const fresh = { refusals: 0, errors: 0, changed: false, seen: 0, queuedAt: now() };
      pods.push({ key, priority, shape, order: order++, place: 'active', ...fresh });
    },
    remove(key: string) {
      const one = find(key);
      pods = pods.filter((other) => other !== one);
      if (one) settle(one);
    },
    priorityOf: (key: string) => find(key)!.priority,
    change(key: string) {
      const one = find(key)!;
      settle(one);
      if (one.place === 'taken') one.changed = true;
      else if (one.place === 'unschedulable') requeue(one);
    },
    take() {
      if (unread) for (const group of groups()) send(group);
      unread = false;
      const active = pods.filter(({ place }) => place === 'active').sort(ahead);
      const early = pods
        .filter(({ place, errors }) => place === 'backoff' && errors === 0)
        .sort((a, b) => end(a) - end(b) || ahead(a, b));
      const one = active[0] ?? early[0];
      if (one) Object.assign(one, { place: 'taken', seen: events, changed: false });
      return one?.key;
    },
    placed: (key: string) => settle(find(key)!),
    park(key: string) {
      const one = find(key)!;
      one.refusals += 1;
      one.errors = 0;
      if (one.changed || (events !== one.seen && open.has(one.shape))) return comeBack(one);
      one.queuedAt = now();
      settle(one, true);
      one.place = 'unschedulable';
      refusedAt.set(groupOf(one), now());
    },
    retry(key: string) {
      const one = find(key)!;
      one.errors += 1;
      comeBack(one);
    },
    happened() {
      events += 1;
      if (pods.some(({ place, scoutOf }) => place === 'unschedulable' || scoutOf)) unread = true;
    },
    tick() {
      for (const one of pods) {
        if (one.place === 'backoff' && end(one) <= now()) one.place = 'active';
      }
      for (const group of groups()) {
        if (waiting(group).length === 0) continue;
        if (now() - (refusedAt.get(group) ?? 0) < 300_000) continue;
        refusedAt.set(group, now());
        send(group, true);
      }
    },
    depths() {
      const count = (place: Plain['place']) => pods.filter((one) => one.place === place).length;
      return {
        active: count('active'),
        backoff: count('backoff'),
        unschedulable: count('unschedulable'),
        gated: 0,
      };
    },
  };
}

describe('createHeap', () => {
  it('pops in order what was pushed and not removed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer(), fc.boolean())), (numbers) => {
        const heap = createHeap<{ n: number; slot: number }>((a, b) => a.n < b.n);
        const items = numbers.map(([n, stays]) => ({ n, stays, slot: -1 }));
        for (const item of items) heap.push(item);
        for (const item of items) if (!item.stays) heap.remove(item);
        const left = items.filter(({ stays }) => stays).map(({ n }) => n);
        assert.equal(heap.size, left.length);
        assert.deepEqual(
          left.map(() => heap.pop()?.n),
          [...left].sort((a, b) => a - b),
        );
        assert.equal(heap.pop(), undefined);
        assert.ok(items.every(({ slot }) => slot === -1));
      }),
    );
  });
});
