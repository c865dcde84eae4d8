import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { createFakeClock } from '@berth/component-base/testing';
import { createTransformedStorage } from '@berth/storage';
import { createTestStorage } from '@berth/storage/testing';
import fc from 'fast-check';
import { secrets } from '../registry/core/secrets.ts';
import { createBench } from '../registry/testing/exchange.ts';
import { parseEncryptionConfig } from './encryption-config.ts';

const secretOf = (text: string) => Buffer.from(text.padEnd(32, '.')).toString('base64');
const config = (...providers: readonly object[]) =>
  JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources: ['secrets', 'pandas.example.com'], providers }],
  });
const gcm = (...names: readonly string[]) => ({
  aesgcm: { keys: names.map((name) => ({ name, secret: secretOf(name) })) },
});
const cbc = (name: string) => ({ aescbc: { keys: [{ name, secret: secretOf(name) }] } });
const identity = { identity: {} };

const parse = (text: string) => parseEncryptionConfig(text, randomBytes);
const key = '/registry/secrets/default/a';
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('latin1');

describe('encryption at rest', () => {
  for (const [name, provider] of [
    ['aesgcm', gcm('key1')],
    ['aescbc', cbc('key1')],
  ] as const) {
    it(`${name} opens what it sealed, under its own prefix`, () => {
      const { seal, open } = parse(config(provider, identity));
      fc.assert(
        fc.property(fc.uint8Array(), (value) => {
          const sealed = seal(key, value);
          assert.ok(text(sealed).startsWith(`k8s:enc:${name}:v1:key1:`));
          const opened = open(key, sealed);
          assert.deepEqual([...opened.value], [...value]);
          assert.equal(opened.stale, false);
        }),
      );
    });
  }

  it('does not open what was moved to another key, or was changed', () => {
    const { seal, open } = parse(config(gcm('key1')));
    const sealed = seal(key, Buffer.from('x'));
    assert.throws(() => open('/registry/secrets/default/b', sealed));
    assert.throws(() => open(key, sealed.with(-1, (sealed.at(-1) ?? 0) ^ 1)));
    assert.throws(() => open(key, Buffer.from('plain')), /no matching prefix/);
    assert.throws(() => parse(config(identity)).open(key, sealed), /no matching prefix/);
  });

  it('reads with every key, writes with the first, and calls the rest stale', () => {
    const old = parse(config(gcm('key1'))).seal(key, Buffer.from('x'));
    const { seal, open } = parse(config(gcm('key2', 'key1'), identity));
    assert.deepEqual([text(open(key, old).value), open(key, old).stale], ['x', true]);
    assert.ok(text(seal(key, Buffer.from('x'))).startsWith('k8s:enc:aesgcm:v1:key2:'));
    assert.equal(open(key, Buffer.from('{}')).stale, true);
  });

  it('leaves other resources as they are', () => {
    const { seal } = parse(config(gcm('key1')));
    assert.equal(text(seal('/registry/configmaps/default/a', Buffer.from('x'))), 'x');
    assert.notEqual(text(seal('/registry/example.com/pandas/a/b', Buffer.from('x'))), 'x');
  });

  it('says what is wrong with a configuration', () => {
    const short = { aesgcm: { keys: [{ name: 'a', secret: 'eA==' }] } };
    const cases: readonly (readonly [string, RegExp])[] = [
      ['kind: Pod', /is not an apiserver.config.k8s.io\/v1 EncryptionConfiguration/],
      [config(), /resources\[0\]\.providers: must not be empty/],
      [config(short), /keys\[0\]\.secret: secret is not of the expected length, got 1/],
      [config(gcm('a', 'a')), /keys\[1\]\.name: duplicate name "a"/],
      [config(gcm('a')).replace('secrets', '*.apps'), /"\*\.apps" is not supported/],
      [config({ kms: {} }), /provider "kms" is not supported/],
    ];
    for (const [given, message] of cases) assert.throws(() => parse(given), { message });
  });

  it('stores a Secret anew when it is written unchanged after the keys have turned', async () => {
    const clock = createFakeClock();
    const inner = createTestStorage({ clock });
    const open = (...providers: readonly object[]) =>
      createBench([secrets], {
        storage: createTransformedStorage(inner, parse(config(...providers))),
      });
    const path = '/api/v1/namespaces/default/secrets';
    const before = open(gcm('key1'));
    await before.call('POST', path, { body: { metadata: { name: 'a' }, stringData: { x: 'y' } } });
    await before.registry.close();
    assert.ok(text((await inner.get(key)).kv?.value).startsWith('k8s:enc:aesgcm:v1:key1:'));

    const after = open(gcm('key2', 'key1'));
    const { json } = await after.call('GET', `${path}/a`);
    assert.deepEqual(json.data, { x: 'eQ==' });
    await after.call('PUT', `${path}/a`, { body: json });
    assert.ok(text((await inner.get(key)).kv?.value).startsWith('k8s:enc:aesgcm:v1:key2:'));
    await after.registry.close();
    await inner.close();
  });
});
