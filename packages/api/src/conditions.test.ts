import assert from 'node:assert/strict';
import { findCondition, isConditionTrue, removeCondition, setCondition } from './conditions.ts';

const early = '2026-01-01T00:00:00Z';
const late = '2026-01-01T00:01:00Z';

describe('conditions', () => {
  const ready = setCondition(undefined, { type: 'Ready', status: 'False', reason: 'A' }, early);

  it('start with the time at which they were set', () => {
    assert.deepEqual(ready, [
      { type: 'Ready', status: 'False', reason: 'A', lastTransitionTime: early },
    ]);
  });

  it('keep their transition time while the status stays', () => {
    const [condition] = setCondition(ready, { type: 'Ready', status: 'False', reason: 'B' }, late);
    assert.equal(condition?.lastTransitionTime, early);
    assert.equal(condition.reason, 'B');
  });

  it('move it when the status changes, each in its place', () => {
    const two = setCondition(ready, { type: 'Other', status: 'True' }, early);
    const after = setCondition(two, { type: 'Ready', status: 'True' }, late);
    assert.deepEqual(
      after.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
      [
        ['Ready', late],
        ['Other', early],
      ],
    );
    assert.ok(isConditionTrue(after, 'Ready'));
    assert.deepEqual(
      removeCondition(after, 'Ready').map(({ type }) => type),
      ['Other'],
    );
    assert.equal(findCondition(after, 'None'), undefined);
  });

  it('stay the same list when nothing changes', () => {
    const again = setCondition(ready, { type: 'Ready', status: 'False', reason: 'A' }, late);
    assert.equal(again, ready);
  });
});
