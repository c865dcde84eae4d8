import assert from 'node:assert/strict';
import type { FieldError, Secret } from '@berth/api';
import { makeConfigMap, makeSecret } from '@berth/api/testing';
import { configMaps } from './config-maps.ts';
import { mostDataBytes } from './object-data.ts';
import { secrets } from './secrets.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('config maps', () => {
  it('refuse bad keys, repeated keys and too much', () => {
    const map = {
      ...makeConfigMap('a'),
      data: { '..': 'x', k: 'x'.repeat(mostDataBytes) },
      binaryData: { k: base64('x') },
    };
    assert.deepEqual(texts(configMaps.validate?.(map)), [
      'data[..]: Invalid value: "..": must not be \'..\'',
      'data[k]: Invalid value: "k": duplicate of key present in binaryData',
      '[]: Too long: may not be more than 1048576 bytes',
    ]);
  });

  it('stay as they are when they say so', () => {
    const old = { ...makeConfigMap('a'), data: { k: '1' }, immutable: true };
    const changed = { ...makeConfigMap('a'), data: { k: '2' } };
    assert.deepEqual(texts(configMaps.validateUpdate?.(changed, old)), [
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
  });

  it('count their entries', () => {
    const map = { ...makeConfigMap('a'), data: { k: '1' }, binaryData: { b: '' } };
    assert.equal(configMaps.columns[1]?.cell(map, 0), 2);
  });
});

describe('secrets', () => {
  const secretOf = (type: string, data: Readonly<Record<string, string>> = {}): Secret => ({
    metadata: makeSecret('a').metadata,
    type,
    data,
  });

  it('take text and keep it as base64', () => {
    const secret = secrets.defaults?.({
      metadata: makeSecret('a').metadata,
      data: { a: base64('1'), b: base64('2') },
      stringData: { b: '3' },
    });
    assert.deepEqual(secret, {
      metadata: makeSecret('a').metadata,
      type: 'Opaque',
      data: { a: base64('1'), b: base64('3') },
    });
  });

  const account = 'metadata.annotations[kubernetes.io/service-account.name]';
  const cases: readonly (readonly [Secret, ...(readonly string[])])[] = [
    [secretOf('Opaque')],
    [secretOf('example.com/own')],
    [secretOf('kubernetes.io/service-account-token'), `${account}: Required value`],
    [
      secretOf('kubernetes.io/tls'),
      'data[tls.crt]: Required value',
      'data[tls.key]: Required value',
    ],
    [
      secretOf('kubernetes.io/basic-auth'),
      'data[username]: Required value',
      'data[password]: Required value',
    ],
    [secretOf('kubernetes.io/basic-auth', { username: '' })],
    [secretOf('kubernetes.io/ssh-auth'), 'data[ssh-privatekey]: Required value'],
    [secretOf('kubernetes.io/dockerconfigjson'), 'data[.dockerconfigjson]: Required value'],
    [
      secretOf('kubernetes.io/dockercfg', { '.dockercfg': base64('{') }),
      'data[.dockercfg]: Invalid value: "<secret contents redacted>": invalid character in JSON',
    ],
    [secretOf('kubernetes.io/dockercfg', { '.dockercfg': base64('{}') })],
    [
      secretOf('Opaque', { 'a b': '' }),
      "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ],
  ];
  for (const [secret, ...expected] of cases) {
    it(`of type ${secret.type} have ${expected.length} problems with [${Object.keys(secret.data ?? {}).join()}]`, () => {
      assert.deepEqual(texts(secrets.validate?.(secret)), expected);
    });
  }

  it('keep their type', () => {
    assert.deepEqual(texts(secrets.validateUpdate?.(secretOf('b'), secretOf('a'))), [
      'type: Invalid value: "b": field is immutable',
    ]);
  });
});
