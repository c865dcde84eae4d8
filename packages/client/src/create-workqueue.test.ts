import assert from 'node:assert/strict';
import { createFakeClock } from '@berth/component-base/testing';
import fc from 'fast-check';
import { createWorkqueue } from './create-workqueue.ts';

const take = <K>(queue: { take(signal: AbortSignal): AsyncIterable<K> }) => {
  const stop = new AbortController();
  const keys = queue.take(stop.signal)[Symbol.asyncIterator]();
  return { next: () => keys.next(), stop: () => stop.abort() };
};

describe('createWorkqueue', () => {
  it('holds a key once however often it is added', async () => {
    const queue = createWorkqueue<string>({ clock: createFakeClock() });
    queue.add('a');
    queue.add('a');
    queue.add('b');
    assert.equal(queue.depth(), 2);
    const worker = take(queue);
    assert.equal((await worker.next()).value, 'a');
    assert.equal((await worker.next()).value, 'b');
    assert.equal(queue.depth(), 0);
    worker.stop();
  });

  it('never gives a key to two workers, and brings it back once when it was added meanwhile', async () => {
    const queue = createWorkqueue<string>({ clock: createFakeClock() });
    queue.add('a');
    const first = take(queue);
    const second = take(queue);
    await first.next();
    queue.add('a');
    queue.add('a');
    assert.equal(queue.depth(), 0);
    const idle = second.next();
    assert.equal((await first.next()).value, 'a');
    queue.add('b');
    assert.equal((await idle).value, 'b');
    first.stop();
    second.stop();
  });

  it('lets the earliest of several delays win', async () => {
    const clock = createFakeClock();
    const queue = createWorkqueue<string>({ clock });
    queue.addAfter('a', 1000);
    queue.addAfter('a', 100);
    queue.addAfter('a', 500);
    await clock.advance(99);
    assert.equal(queue.depth(), 0);
    await clock.advance(1);
    assert.equal(queue.depth(), 1);
    assert.equal(clock.pending(), 0);
  });

  it('doubles the wait of a key that keeps failing until it is forgotten', async () => {
    const clock = createFakeClock();
    const queue = createWorkqueue<string>({ clock, initialMs: 10, maxMs: 1000 });
    const worker = take(queue);
    for (const ms of [10, 20, 40]) {
      queue.addRateLimited('a');
      const next = worker.next();
      await clock.advance(ms - 1);
      assert.equal(queue.depth(), 0);
      await clock.advance(1);
      assert.equal((await next).value, 'a');
    }
    assert.equal(queue.requeues('a'), 3);
    queue.forget('a');
    assert.equal(queue.requeues('a'), 0);
    worker.stop();
  });

  it('ends every waiting worker when the signal aborts', async () => {
    const queue = createWorkqueue<string>({ clock: createFakeClock() });
    const worker = take(queue);
    const next = worker.next();
    worker.stop();
    assert.equal((await next).done, true);
  });

  it('leaves no timer behind when the signal aborts, not even for a key whose worker ends later', async () => {
    const clock = createFakeClock();
    const queue = createWorkqueue<string>({ clock });
    const worker = take(queue);
    queue.add('a');
    assert.equal((await worker.next()).value, 'a');
    queue.addAfter('b', 1000);
    worker.stop();
    assert.equal(clock.pending(), 0);
    queue.addRateLimited('a');
    assert.equal(clock.pending(), 0);
    assert.equal((await worker.next()).done, true);
  });

  it('loses no key: what was added after its last turn began gets another turn', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant('take' as const), fc.constantFrom('a', 'b', 'c'))),
        async (steps) => {
          const queue = createWorkqueue<string>({ clock: createFakeClock() });
          const pending = new Set<string>();
          const worker = take(queue);
          for (const step of steps) {
            if (step !== 'take') {
              queue.add(step);
              pending.add(step);
            } else if (pending.size > 0) {
              const { value } = (await worker.next()) as { value: string };
              assert.ok(pending.delete(value));
            }
          }
          for (let left = pending.size; left > 0; left -= 1) {
            pending.delete(((await worker.next()) as { value: string }).value);
          }
          assert.equal(pending.size, 0);
          worker.stop();
        },
      ),
    );
  });
});
