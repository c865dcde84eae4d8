import assert from 'node:assert/strict';

import type { PodStatus } from '@berth/api';
import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import type { FakeClock } from '@berth/component-base/testing';

import { createPodWorkers } from './pod-workers.ts';
import type { Next } from './pod-workers.ts';
import { createStatusWriter } from './status-writer.ts';
import { makePod } from './testing/index.ts';

/** A promise that somebody else settles. */
function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (err: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

describe('pod workers', () => {
  let clock: FakeClock;
  let looks: { uid: string; signal: AbortSignal; end: ReturnType<typeof deferred<Next>> }[];
  let workers: ReturnType<typeof createPodWorkers>;
  beforeEach(() => {
    clock = createFakeClock();
    looks = [];
    workers = createPodWorkers({
      clock,
      random: () => 0,
      logger: silentLogger,
      sync(uid, signal) {
        const end = deferred<Next>();
        looks.push({ uid, signal, end });
        return end.promise;
      },
    });
  });
  const uids = () => looks.map(({ uid }) => uid);

  it('look at a pod one at a time, and once more for all that came meanwhile', async () => {
    workers.wake('a');
    workers.wake('a');
    workers.wake('a');
    workers.wake('b');
    assert.deepEqual(uids(), ['a', 'b']);
    looks[0]?.end.resolve({ afterMs: 1000 });
    await clock.advance(0);
    assert.deepEqual(uids(), ['a', 'b', 'a']);
  });

  it('look again when asked to, and earlier when woken', async () => {
    workers.wake('a');
    looks[0]?.end.resolve({ afterMs: 1000 });
    await clock.advance(0);
    await clock.advance(999);
    assert.equal(looks.length, 1);
    await clock.advance(1);
    assert.equal(looks.length, 2);
    looks[1]?.end.resolve({ afterMs: 1000 });
    await clock.advance(0);
    workers.wake('a');
    assert.equal(looks.length, 3);
    looks[2]?.end.resolve('forget');
    await clock.advance(5000);
    assert.equal(looks.length, 3);
  });

  it('wait longer after each failure', async () => {
    workers.wake('a');
    const waits: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      const before = clock.now();
      looks.at(-1)?.end.reject(new Error('no'));
      await clock.advance(0);
      const count = looks.length;
      while (looks.length === count) await clock.advance(100);
      waits.push(clock.now() - before);
    }
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it('cut a look short', async () => {
    workers.wake('a');
    workers.interrupt('a');
    assert.equal(looks[0]?.signal.aborted, true);
    looks[0].end.reject(new Error('aborted'));
    await clock.advance(0);
    assert.equal(looks.length, 2);
    assert.equal(looks.at(-1)?.signal.aborted, false);
  });

  it('stop when the looks that are under way have ended', async () => {
    workers.wake('a');
    let stopped = false;
    const stopping = workers.stop().then(() => (stopped = true));
    await clock.advance(0);
    assert.equal(stopped, false);
    looks[0]?.end.resolve({ afterMs: 0 });
    await stopping;
    workers.wake('a');
    assert.equal(looks.length, 1);
  });
});

describe('status writer', () => {
  let clock: FakeClock;
  let sent: { status: PodStatus; answer: ReturnType<typeof deferred<boolean>> }[];
  let writer: ReturnType<typeof createStatusWriter>;
  const pod = makePod({ metadata: { uid: 'u' } });
  const never = new AbortController().signal;
  beforeEach(() => {
    clock = createFakeClock();
    sent = [];
    writer = createStatusWriter({
      clock,
      random: () => 0,
      logger: silentLogger,
      controlPlane: {
        reportPodStatus(_ref, _uid, status) {
          const answer = deferred<boolean>();
          sent.push({ status, answer });
          return answer.promise;
        },
      },
    });
  });
  const messages = () => sent.map(({ status }) => status.message);

  it('has one report under way per pod, and then sends the newest', async () => {
    for (const message of ['1', '2', '3']) writer.set(pod, { message });
    assert.deepEqual(messages(), ['1']);
    sent[0]?.answer.resolve(true);
    await clock.advance(0);
    assert.deepEqual(messages(), ['1', '3']);
  });

  it('sends nothing twice, unless asked to', async () => {
    writer.set(pod, { message: '1' });
    sent[0]?.answer.resolve(true);
    await clock.advance(0);
    writer.set(pod, { message: '1' });
    assert.equal(sent.length, 1);
    writer.resend('u');
    assert.equal(sent.length, 2);
  });

  it('sends nothing that the API already shows', () => {
    writer.set(
      { ...pod, status: { phase: 'Running', message: '1' } },
      { message: '1', phase: 'Running' },
    );
    assert.equal(sent.length, 0);
  });

  it('tries again until it is heard, with what is newest by then', async () => {
    writer.set(pod, { message: '1' });
    sent[0]?.answer.reject(new Error('cut'));
    await clock.advance(0);
    await clock.advance(199);
    assert.equal(sent.length, 1);
    await clock.advance(1);
    assert.equal(sent.length, 2);
    sent[1]?.answer.reject(new Error('cut'));
    await clock.advance(0);
    writer.set(pod, { message: '2' });
    assert.deepEqual(messages(), ['1', '1', '2']);
    let heard = false;
    const waiting = writer.acknowledged('u', never).then(() => (heard = true));
    await clock.advance(0);
    assert.equal(heard, false);
    sent[2]?.answer.resolve(true);
    await waiting;
    await clock.advance(60_000);
    assert.equal(sent.length, 3);
  });

  it('stops when the pod is gone', async () => {
    writer.set(pod, { message: '1' });
    writer.set(pod, { message: '2' });
    sent[0]?.answer.resolve(false);
    await writer.acknowledged('u', never);
    assert.equal(sent.length, 1);
  });

  it('does not wait for ever', async () => {
    writer.set(pod, { message: '1' });
    const stop = new AbortController();
    const waiting = writer.acknowledged('u', stop.signal);
    stop.abort();
    await assert.rejects(waiting);
  });

  it('leaves the rest to the next agent when it is closed', async () => {
    writer.set(pod, { message: '1' });
    sent[0]?.answer.reject(new Error('cut'));
    await clock.advance(0);
    writer.close();
    writer.set(pod, { message: '2' });
    assert.deepEqual([clock.pending(), messages()], [0, ['1']]);
  });

  it('does not try again what fails after it was closed', async () => {
    writer.set(pod, { message: '1' });
    writer.close();
    sent[0]?.answer.reject(new Error('cut'));
    await clock.advance(0);
    assert.equal(clock.pending(), 0);
  });
});
