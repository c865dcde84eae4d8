import assert from 'node:assert/strict';
import { makePod } from '@berth/api/testing';
import { createFakeClock } from '@berth/component-base/testing';
import fc from 'fast-check';
import { createHeap } from './heap.ts';
import { createPodInfo } from './pod-info.ts';
import { createSchedulingQueue } from './queue.ts';
import type { QueuedPod } from './queue.ts';

const info = (name: string, priority = 0) => createPodInfo(makePod(name, { priority }));
const refusedBy = new Set(['NodeResourcesFit']);

function start() {
  const clock = createFakeClock();
  const queue = createSchedulingQueue(clock);
  const stop = new AbortController();
  const taken = queue.take(stop.signal)[Symbol.asyncIterator]();
  return {
    clock,
    queue,
    next: async () => (await taken.next()).value as QueuedPod,
    stop: () => stop.abort(),
  };
}

describe('createSchedulingQueue', () => {
  it('gives the highest priority first, and then who came first', async () => {
    const { queue, next } = start();
    queue.add(info('a'));
    queue.add(info('b', 10));
    queue.add(info('c'));
    queue.add(info('d', 10));
    const order = [];
    for (let i = 0; i < 4; i += 1) order.push((await next()).info.key);
    assert.deepEqual(order, ['default/b', 'default/d', 'default/a', 'default/c']);
  });

  it('parks a pod until a change that helps, and then backs off', async () => {
    const { clock, queue, next } = start();
    queue.add(info('a'));
    queue.park(await next(), refusedBy);
    assert.deepEqual(queue.depths(), { active: 0, backoff: 0, unschedulable: 1 });
    queue.moved(() => false);
    assert.equal(queue.depths().unschedulable, 1);
    queue.moved((pod) => pod.refusedBy.has('NodeResourcesFit'));
    assert.equal(queue.depths().backoff, 1);
    await clock.advance(999);
    assert.equal(queue.depths().active, 0);
    await clock.advance(1);
    assert.equal((await next()).attempts, 1);
  });

  it('does not lose a change that came during the attempt', async () => {
    const { clock, queue, next } = start();
    queue.add(info('a'));
    const pod = await next();
    queue.moved(() => true);
    queue.park(pod, refusedBy);
    await clock.advance(1000);
    assert.equal(queue.depths().active, 1);
  });

  it('tries a parked pod again after five minutes whatever happens', async () => {
    const { clock, queue, next } = start();
    queue.add(info('a'));
    queue.park(await next(), refusedBy);
    await clock.advance(5 * 60_000 - 1);
    assert.equal(queue.depths().active, 0);
    await clock.advance(1);
    assert.equal(queue.depths().active, 1);
  });

  it('backs off longer with every failure, up to ten seconds', async () => {
    const { clock, queue, next } = start();
    queue.add(info('a'));
    for (const ms of [1000, 2000, 4000, 8000, 10_000, 10_000]) {
      queue.retry(await next());
      await clock.advance(ms - 1);
      assert.equal(queue.depths().active, 0, `after ${ms - 1} ms`);
      await clock.advance(1);
      assert.equal(queue.depths().active, 1, `after ${ms} ms`);
    }
  });

  it('forgets a pod that was removed during its attempt', async () => {
    const { clock, queue, next } = start();
    queue.add(info('a'));
    const pod = await next();
    queue.remove(pod.info.key);
    queue.retry(pod);
    await clock.advance(60_000);
    assert.deepEqual(queue.depths(), { active: 0, backoff: 0, unschedulable: 0 });
  });

  it('gives a changed pod another attempt at once, once', async () => {
    const { queue, next } = start();
    queue.add(info('a'));
    queue.park(await next(), refusedBy);
    queue.add(info('a'));
    queue.add(info('a'));
    assert.equal((await next()).info.key, 'default/a');
    assert.equal(queue.depths().active, 0);
  });
});

describe('createHeap', () => {
  it('pops in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const heap = createHeap<number>((a, b) => a < b);
        numbers.forEach((n) => heap.push(n));
        const popped = numbers.map(() => heap.pop());
        assert.deepEqual(
          popped,
          [...numbers].sort((a, b) => a - b),
        );
        assert.equal(heap.pop(), undefined);
      }),
    );
  });
});
