import assert from 'node:assert/strict';
import { createdAt, makePod, makeService } from '@berth/api/testing';
import { createTriggerTimes } from './trigger-times.ts';

const service = makeService('web');
const readyAt = (name: string, lastTransitionTime: string) =>
  makePod(
    name,
    {},
    { status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] } },
  );

describe('createTriggerTimes', () => {
  it('gives the earliest of what happened since the last look', () => {
    const times = createTriggerTimes();
    assert.equal(times.next(service, []), createdAt);
    assert.equal(times.next(service, []), undefined);
    const [a, b] = [readyAt('a', '2026-01-02T00:00:00Z'), readyAt('b', '2026-01-03T00:00:00Z')];
    assert.equal(times.next(service, [b, a]), '2026-01-02T00:00:00Z');
    assert.equal(times.next(service, [a, b]), undefined);
    times.forget('default/web');
    assert.equal(times.next(service, [a, b]), createdAt);
  });
});
