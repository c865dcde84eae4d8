import assert from 'node:assert/strict';
import type { FieldError } from '@berth/api';
import { createdAt, makeLease } from '@berth/api/testing';
import { leases } from './leases.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

describe('leases', () => {
  it('refuse terms that cannot be held', () => {
    const lease = makeLease('a', {
      leaseDurationSeconds: 0,
      leaseTransitions: -1,
      preferredHolder: 'b',
    });
    assert.deepEqual(texts(leases.validate?.(lease)), [
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
      'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
      'spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined',
    ]);
  });

  it('show who holds them', () => {
    const lease = makeLease('a', { holderIdentity: 'me' });
    assert.deepEqual(
      leases.columns.map(({ cell }) => cell(lease, Date.parse(createdAt))),
      ['a', 'me', '0s'],
    );
  });
});
