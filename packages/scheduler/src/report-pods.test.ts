import assert from 'node:assert/strict';
import type { Client } from '@berth/client';
import { makePod } from '@berth/api/testing';
import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import { createReporter, cutToNote, planCondition } from './report-pods.ts';

const message = '0/3 nodes are available: 3 Insufficient cpu.';
const now = Date.parse('2026-05-01T12:00:00Z');

describe('planCondition', () => {
  it('says since when and why a pod has no node', () => {
    const pod = makePod('a', {}, { metadata: { generation: 4 } });
    assert.deepEqual(planCondition(pod, 'Unschedulable', message, now), {
      type: 'PodScheduled',
      observedGeneration: 4,
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastTransitionTime: '2026-05-01T12:00:00Z',
    });
  });

  it('says nothing twice, and keeps the time at which the pod became unschedulable', () => {
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastTransitionTime: '2026-04-01T00:00:00Z',
    };
    const pod = makePod('a', {}, { status: { conditions: [condition] } });
    assert.equal(planCondition(pod, 'Unschedulable', message, now), undefined);
    const other = planCondition(pod, 'Unschedulable', 'no nodes available', now);
    assert.equal(other?.lastTransitionTime, '2026-04-01T00:00:00Z');
    assert.equal(planCondition(pod, 'SchedulerError', message, now)?.reason, 'SchedulerError');
  });
});

describe('cutToNote', () => {
  it('keeps notes within 1024 bytes and characters whole', () => {
    assert.equal(cutToNote('short'), 'short');
    for (const long of ['x'.repeat(1025), 'é'.repeat(600), `x${'é'.repeat(600)}`]) {
      const cut = cutToNote(long);
      assert.ok(Buffer.byteLength(cut) <= 1024);
      assert.ok(Buffer.byteLength(cut) >= 1020);
      assert.ok(cut.endsWith(' ...') && long.startsWith(cut.slice(0, -4)));
    }
  });
});

describe('createReporter', () => {
  it('repeats an event only when there is something new to say, or after six minutes', async () => {
    const clock = createFakeClock(now);
    const told: string[] = [];
    const patched: unknown[] = [];
    const client = {
      patch(_type: unknown, _ref: unknown, _kind: unknown, patch: unknown) {
        patched.push(patch);
        return Promise.reject(new Error('gone'));
      },
    } as Pick<Client, 'patch'>;
    const recorder = {
      event: (_about: unknown, _type: unknown, reason: string, text: string) =>
        void told.push(`${reason}: ${text}`),
    };
    const reporter = createReporter({ client, recorder, clock, logger: silentLogger });
    const attempt = {};
    const pod = makePod('a');
    const fail = (text: string) => reporter.failed(attempt, pod, 'Unschedulable', text);
    await fail('one');
    await fail('one');
    await fail('two');
    await fail('two');
    await clock.advance(6 * 60_000);
    await fail('two');
    await reporter.failed({}, pod, 'Unschedulable', 'two');
    assert.deepEqual(
      told,
      ['one', 'two', 'two', 'two'].map((text) => `FailedScheduling: ${text}`),
    );
    assert.equal(patched.length, 6, 'the pod never said so');
    reporter.scheduled(pod, 'n1');
    assert.equal(told.at(-1), 'Scheduled: Successfully assigned default/a to n1');
  });
});
