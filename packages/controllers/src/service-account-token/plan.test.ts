import assert from 'node:assert/strict';
import type { Secret, ServiceAccount } from '@berth/api';
import { planTokenSecret } from './plan.ts';

const rootCa = 'the root';
const base64 = (text: string) => Buffer.from(text).toString('base64');

const account = {
  metadata: { namespace: 'a', name: 'robot', uid: 'u1' },
} as ServiceAccount;

const secretOf = (data: Record<string, string> = {}, uid?: string, more: object = {}) =>
  ({
    metadata: {
      namespace: 'a',
      name: 's',
      annotations: {
        'kubernetes.io/service-account.name': 'robot',
        ...(uid && { 'kubernetes.io/service-account.uid': uid }),
      },
      ...more,
    },
    type: 'kubernetes.io/service-account-token',
    data,
  }) as unknown as Secret;

describe('a secret for a token', () => {
  it('is filled with token, authority and namespace, and keeps what else is in it', () => {
    const plan = planTokenSecret({ secret: secretOf({ extra: base64('x') }), account, rootCa });
    assert.ok(plan.kind === 'fill' && plan.needsToken);
    const { metadata, data } = plan.withToken('t');
    assert.deepEqual(data, {
      'ca.crt': base64(rootCa),
      namespace: base64('a'),
      token: base64('t'),
      extra: base64('x'),
    });
    assert.equal(metadata.annotations?.['kubernetes.io/service-account.uid'], 'u1');
    const again = planTokenSecret({ secret: plan.withToken('t'), account, rootCa });
    assert.equal(again.kind, 'nothing');
  });

  it('gets a new authority without a new token', () => {
    const data = { token: base64('t'), 'ca.crt': base64('old'), namespace: base64('a') };
    const plan = planTokenSecret({ secret: secretOf(data, 'u1'), account, rootCa });
    assert.ok(plan.kind === 'fill' && !plan.needsToken);
    assert.deepEqual(plan.withToken().data, { ...data, 'ca.crt': base64(rootCa) });
  });

  it('goes with its account, also when another one has taken the name', () => {
    const removed = (secret: Secret, known?: ServiceAccount) =>
      planTokenSecret({ secret, account: known, rootCa }).kind;
    assert.equal(removed(secretOf()), 'remove');
    assert.equal(removed(secretOf({}, 'u0'), account), 'remove');
    const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    assert.equal(removed(secretOf({}, 'u0', going), account), 'nothing');
  });
});
