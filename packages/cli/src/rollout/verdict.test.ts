import assert from 'node:assert/strict';
import { makePod } from '@berth/api/testing';
import type { Progress } from './progress.ts';
import { createVerdict } from './verdict.ts';

const done: Progress = { kind: 'done', message: 'up' };
const busy: Progress = { kind: 'busy', message: 'on its way' };
const failed: Progress = { kind: 'failed', message: 'too late' };

const crashing = {
  status: {
    containerStatuses: [
      {
        name: 'main',
        image: '',
        imageID: '',
        ready: false,
        restartCount: 1,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
      },
    ],
  },
};
const probed = { name: 'main', readinessProbe: { tcpSocket: { port: 80 } } };

describe('createVerdict', () => {
  it('takes the word of what is up when nothing has to hold', () => {
    assert.deepEqual(createVerdict(0)(done, [makePod('a')], 0), done);
  });

  it('waits for pods without a readiness probe to stay up', () => {
    const verdict = createVerdict(1000);
    const pods = [makePod('a', { containers: [probed] }), makePod('b')];
    assert.equal(verdict(done, pods, 0), undefined);
    assert.equal(verdict(busy, pods, 500), undefined);
    assert.equal(verdict(done, pods, 1000), undefined);
    assert.equal(verdict(done, pods, 1999), undefined);
    assert.deepEqual(verdict(done, pods, 2000), done);
  });

  it('takes the word of readiness probes, and of pods that are through', () => {
    const through = makePod('b', {}, { status: { phase: 'Succeeded' } });
    const pods = [makePod('a', { containers: [probed] }), through];
    assert.deepEqual(createVerdict(1000)(done, pods, 0), done);
  });

  it('believes a pod that crashes more than the object it counts for', () => {
    const pod = makePod('a', {}, crashing);
    const outcome = createVerdict(0)(done, [pod], 0);
    assert.ok(outcome?.kind === 'failed');
    assert.equal(outcome.trouble?.pod, pod);
  });

  it('does not mind the trouble of pods that leave', () => {
    const leaving = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } };
    const pod = makePod('a', {}, { ...crashing, ...leaving });
    assert.deepEqual(createVerdict(0)(done, [pod], 0), done);
    assert.equal(createVerdict(0)(busy, [pod], 0), undefined);
  });

  it('names the trouble of what has failed', () => {
    const pod = makePod('a', {}, crashing);
    const outcome = createVerdict(0)(failed, [pod], 0);
    assert.ok(outcome?.kind === 'failed');
    assert.deepEqual([outcome.message, outcome.trouble?.pod], ['too late', pod]);
    assert.deepEqual(createVerdict(0)(failed, [], 0), failed);
  });
});
