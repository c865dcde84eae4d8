import assert from 'node:assert/strict';
import { createdAt, makeJob } from '@berth/api/testing';
import { expiresAt } from './plan.ts';

const finished = (type: string, ttlSecondsAfterFinished?: number, metadata = {}) =>
  makeJob('j', ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished }, {
    metadata,
    status: { conditions: [{ type, status: 'True', lastTransitionTime: createdAt }] },
  });

describe('expiresAt', () => {
  it('is so long after the end, whatever the end was', () => {
    for (const type of ['Complete', 'Failed'])
      assert.equal(expiresAt(finished(type, 30)), Date.parse(createdAt) + 30_000);
    assert.equal(expiresAt(finished('Complete', 0)), Date.parse(createdAt));
  });
  it('is never for what goes on, may stay, or goes already', () => {
    assert.equal(expiresAt(finished('SuccessCriteriaMet', 30)), undefined);
    assert.equal(expiresAt(finished('Complete')), undefined);
    const leaving = { deletionTimestamp: createdAt };
    assert.equal(expiresAt(finished('Complete', 30, leaving)), undefined);
  });
});
