import assert from 'node:assert/strict';
import type { KubeObject, Secret } from '@berth/api';
import { createFakeClock } from '@berth/component-base/testing';
import type { FakeClock } from '@berth/component-base/testing';
import { SignJWT } from 'jose';
import { createPrivateKey } from 'node:crypto';
import type { Lookup } from '../lookup.ts';
import { anyToken, createAuthenticator } from './authenticator.ts';
import type { Peer } from './authenticator.ts';
import { bootstrapTokens } from './bootstrap-tokens.ts';
import { createServiceAccountTokens } from './service-account-tokens.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';
import { generateSigningKey } from './signing-key.ts';
import { staticTokens } from './static-tokens.ts';

const object = (namespace: string, name: string, uid: string, more: object = {}): KubeObject => ({
  metadata: { namespace, name, uid, creationTimestamp: '', resourceVersion: '1', ...more },
});

/** Objects by `resource/namespace/name`. */
const lookupIn =
  (objects: ReadonlyMap<string, KubeObject>): Lookup =>
  async (type, { namespace = '', name }) =>
    objects.get(`${type.resource}/${namespace}/${name}`) as never;

describe('the authenticator', () => {
  const authenticate = createAuthenticator(
    anyToken([staticTokens([{ token: 'good', user: { name: 'joe', groups: ['ops'] } }])]),
  );
  const ask = (peer: Peer, authorization?: string) =>
    authenticate(
      { method: 'GET', path: '/', headers: authorization ? { authorization } : {} },
      peer,
    );
  const connection: Peer = { kind: 'connection' };

  it('takes name and groups from the certificate before it looks at a token', async () => {
    const certificate = { subject: { CN: 'jane', O: ['a', 'b'] }, fingerprint256: '0A:FF' };
    assert.deepEqual(await ask({ kind: 'connection', certificate }, 'Bearer good'), {
      name: 'jane',
      groups: ['a', 'b', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=0aff'] },
    });
  });

  it('takes the UID from a certificate that has one, and refuses what is none', async () => {
    const withUid = (uid: string | readonly string[]): Peer => {
      const subject = { CN: 'jane', '1.3.6.1.4.1.57683.2': uid };
      return { kind: 'connection', certificate: { subject, fingerprint256: '' } };
    };
    assert.equal((await ask(withUid('u-1'))).uid, 'u-1');
    const unauthorized = { message: 'Unauthorized' };
    await assert.rejects(ask(withUid('')), unauthorized);
    await assert.rejects(ask(withUid(['u-1', 'u-2'])), unauthorized);
  });

  it('knows tokens', async () => {
    const { name, groups } = await ask(connection, 'bearer good');
    assert.deepEqual({ name, groups }, { name: 'joe', groups: ['ops', 'system:authenticated'] });
  });

  it('refuses bad tokens and certificates with 401, and calls nobody anonymous', async () => {
    const unauthorized = { message: 'Unauthorized' };
    await assert.rejects(ask(connection, 'Bearer bad'), unauthorized);
    await assert.rejects(ask({ kind: 'connection', certificate: 'untrusted' }), unauthorized);
    assert.equal((await ask(connection)).name, 'system:anonymous');
    assert.deepEqual((await ask(connection)).groups, ['system:unauthenticated']);
    assert.equal(
      (await ask({ kind: 'connection', certificate: 'untrusted' }, 'Bearer good')).name,
      'joe',
    );
  });
});

describe('service account tokens', () => {
  const issuer = 'https://issuer.example';
  const keyPem = generateSigningKey();
  let clock: FakeClock;
  let objects: Map<string, KubeObject>;
  /** What this server has yet to hear of. */
  let newer: Map<string, KubeObject>;
  let tokens: ServiceAccountTokens;

  beforeEach(() => {
    clock = createFakeClock();
    objects = new Map([
      ['serviceaccounts/n/bot', object('n', 'bot', 'sa-1')],
      ['pods/n/p', object('n', 'p', 'pod-1')],
    ]);
    newer = new Map();
    tokens = createServiceAccountTokens({
      keyPem,
      issuer,
      audiences: [issuer],
      lookup: lookupIn(objects),
      lookupNewest: lookupIn(newer),
      clock,
      newUid: () => 'jti-1',
    });
  });

  const claims = {
    namespace: 'n',
    serviceAccount: { name: 'bot', uid: 'sa-1' },
    audiences: [issuer],
    expirationSeconds: 600,
  };

  it('says whose they are and what they are bound to', async () => {
    const { token, expiresAtMs } = await tokens.issue({
      ...claims,
      pod: { name: 'p', uid: 'pod-1' },
      node: { name: 'a', uid: 'node-1' },
    });
    assert.equal(expiresAtMs, clock.now() + 600_000);
    const found = await tokens.authenticate(token);
    assert.deepEqual(found?.user, {
      name: 'system:serviceaccount:n:bot',
      uid: 'sa-1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:n'],
      extra: {
        'authentication.kubernetes.io/credential-id': ['JTI=jti-1'],
        'authentication.kubernetes.io/node-name': ['a'],
        'authentication.kubernetes.io/node-uid': ['node-1'],
        'authentication.kubernetes.io/pod-name': ['p'],
        'authentication.kubernetes.io/pod-uid': ['pod-1'],
      },
    });
  });

  it('end with their time, even when they were good a moment ago', async () => {
    const { token } = await tokens.issue(claims);
    assert.ok(await tokens.authenticate(token));
    await clock.advance(600_000);
    assert.equal(await tokens.authenticate(token), undefined);
  });

  it('end with the account and with the pod they are bound to', async () => {
    const { token } = await tokens.issue({ ...claims, pod: { name: 'p', uid: 'pod-1' } });
    objects.set('pods/n/p', object('n', 'p', 'pod-2'));
    assert.equal(await tokens.authenticate(token), undefined);
    objects.set('pods/n/p', object('n', 'p', 'pod-1'));
    assert.ok(await tokens.authenticate(token));
    objects.delete('serviceaccounts/n/bot');
    assert.equal(await tokens.authenticate(token), undefined);
  });

  it('are good for what this server has not heard of yet', async () => {
    const { token } = await tokens.issue({ ...claims, pod: { name: 'p', uid: 'pod-2' } });
    assert.equal(await tokens.authenticate(token), undefined);
    newer.set('pods/n/p', object('n', 'p', 'pod-2'));
    assert.ok(await tokens.authenticate(token));
  });

  it('work a little longer than what they are bound to was deleted', async () => {
    const { token } = await tokens.issue({ ...claims, pod: { name: 'p', uid: 'pod-1' } });
    const deletionTimestamp = new Date(clock.now()).toISOString();
    objects.set('pods/n/p', object('n', 'p', 'pod-1', { deletionTimestamp }));
    await clock.advance(59_000);
    assert.ok(await tokens.authenticate(token));
    await clock.advance(2_000);
    assert.equal(await tokens.authenticate(token), undefined);
  });

  it('are only good for their audience', async () => {
    const { token } = await tokens.issue({ ...claims, audiences: ['vault', 'other'] });
    assert.equal(await tokens.authenticate(token), undefined);
    assert.deepEqual((await tokens.authenticate(token, ['vault', 'x']))?.audiences, ['vault']);
  });

  it('are not taken from another key, another issuer or another algorithm', async () => {
    const forge = (key: string, iss: string) =>
      new SignJWT({ 'kubernetes.io': { namespace: 'n', serviceaccount: claims.serviceAccount } })
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer(iss)
        .setSubject('system:serviceaccount:n:bot')
        .setAudience(issuer)
        .setExpirationTime(Math.floor(clock.now() / 1000) + 600)
        .sign(createPrivateKey(key));
    assert.ok(await tokens.authenticate(await forge(keyPem, issuer)));
    assert.equal(await tokens.authenticate(await forge(generateSigningKey(), issuer)), undefined);
    assert.equal(await tokens.authenticate(await forge(keyPem, 'https://evil')), undefined);
    const [, payload] = (await forge(keyPem, issuer)).split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    assert.equal(await tokens.authenticate(`${none}.${payload}.x`), undefined);
    for (const junk of ['', 'a.b.c', '...', 'a.bnVsbA.c']) {
      assert.equal(await tokens.authenticate(junk), undefined);
    }
  });
});

describe('bootstrap tokens', () => {
  const clock = createFakeClock();
  const data = (over: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(
      Object.entries({
        'token-id': 'abcdef',
        'token-secret': '0123456789abcdef',
        'usage-bootstrap-authentication': 'true',
        'auth-extra-groups': 'system:bootstrappers:berth:node',
        ...over,
      }).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    );
  const secret = (over: Readonly<Record<string, string>> = {}, more: Partial<Secret> = {}) => ({
    ...object('kube-system', 'bootstrap-token-abcdef', 's'),
    type: 'bootstrap.kubernetes.io/token',
    data: data(over),
    ...more,
  });
  const user = async (stored: Secret, token = 'abcdef.0123456789abcdef') =>
    (
      await bootstrapTokens(
        lookupIn(new Map([['secrets/kube-system/bootstrap-token-abcdef', stored]])),
        clock,
      )(token)
    )?.user;

  it('give the groups that the Secret names', async () => {
    assert.deepEqual(await user(secret()), {
      name: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:bootstrappers:berth:node'],
    });
  });

  const bad: readonly (readonly [string, Secret, string?])[] = [
    ['another secret', secret(), 'abcdef.fedcba9876543210'],
    ['another form', secret(), 'abcdef.0123'],
    ['a token whose time is over', secret({ expiration: '2020-01-01T00:00:00Z' })],
    ['a token with an unreadable time', secret({ expiration: 'tomorrow' })],
    ['a token for something else', secret({ 'usage-bootstrap-authentication': 'false' })],
    ['a Secret of another type', secret({}, { type: 'Opaque' })],
    ['a group that is no bootstrapper', secret({ 'auth-extra-groups': 'system:masters' })],
    [
      'a token that is being deleted',
      {
        ...secret(),
        ...object('kube-system', 'bootstrap-token-abcdef', 's', {
          deletionTimestamp: '2026-01-01T00:00:00Z',
        }),
      },
    ],
  ];
  for (const [title, stored, token] of bad) {
    it(`do not take ${title}`, async () => assert.equal(await user(stored, token), undefined));
  }
});
