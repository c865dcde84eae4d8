import { Buffer } from 'node:buffer';
import { parseYaml } from '@berth/api';
import { prefixOf } from '@berth/storage';
import type { ValueTransform } from '@berth/storage';
import { aesCbc, aesGcm, identity, providersTransform } from './providers.ts';
import type { EncryptionKey, Provider, RandomBytes } from './providers.ts';

interface GivenKey {
  readonly name?: string;
  readonly secret?: string;
}

interface GivenProvider {
  readonly aesgcm?: { readonly keys?: readonly GivenKey[] };
  readonly aescbc?: { readonly keys?: readonly GivenKey[] };
  readonly identity?: object;
}

interface GivenConfig {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly resources?: readonly {
    readonly resources?: readonly string[];
    readonly providers?: readonly GivenProvider[];
  }[];
}

/**
 * What a file of kind `EncryptionConfiguration` asks for. The first entry that names a resource counts. Throws an
 * `Error` that says what is wrong with the file.
 */
export function parseEncryptionConfig(text: string, random: RandomBytes): ValueTransform {
  const config = (parseYaml(text).value ?? {}) as GivenConfig;
  if (config.kind !== 'EncryptionConfiguration' || !versions.includes(config.apiVersion ?? '')) {
    throw new Error(
      'the encryption configuration is not an apiserver.config.k8s.io/v1 EncryptionConfiguration',
    );
  }
  const entries = (config.resources ?? []).flatMap(({ resources = [], providers = [] }, i) => {
    const path = `resources[${i}]`;
    if (resources.length === 0) throw new Error(`${path}.resources: must not be empty`);
    if (providers.length === 0) throw new Error(`${path}.providers: must not be empty`);
    const made = providers.map((given, j) => providerOf(`${path}.providers[${j}]`, given, random));
    const transform = providersTransform(made);
    return resources.map((resource) => ({ matches: matcherOf(resource), transform }));
  });
  if (entries.length === 0) throw new Error('resources: must not be empty');
  const plain = providersTransform([identity]);
  const of = (key: string) => entries.find(({ matches }) => matches(key))?.transform ?? plain;
  return {
    seal: (key, value) => of(key).seal(key, value),
    open: (key, stored) => of(key).open(key, stored),
  };
}

const versions: readonly string[] = [
  'apiserver.config.k8s.io/v1',
  'apiserver.config.k8s.io/v1beta1',
];

const objectsRoot = '/registry/';
/** Allocated addresses are not objects of any resource. */
const ranges = '/registry/ranges/';

/** `secrets`, `pandas.example.com`, all resources of a group that is not built in as `*.example.com`, or all as `*.*`. */
function matcherOf(resource: string): (key: string) => boolean {
  if (resource === '*.*') return (key) => key.startsWith(objectsRoot) && !key.startsWith(ranges);
  const dot = resource.indexOf('.');
  const [name, group] =
    dot < 0 ? [resource, ''] : [resource.slice(0, dot), resource.slice(dot + 1)];
  if (name === '*') {
    // Built-in groups have no place of their own in the store.
    if (!prefixOf({ group, resource: 'x' }).startsWith(`${objectsRoot}${group || '/'}/`)) {
      throw new Error(
        `resources: ${JSON.stringify(resource)} is not supported, name its resources or use *.*`,
      );
    }
    const below = `${objectsRoot}${group}/`;
    return (key) => key.startsWith(below);
  }
  const prefix = prefixOf({ group, resource: name });
  return (key) => key.startsWith(prefix);
}

function providerOf(path: string, given: GivenProvider, random: RandomBytes): Provider {
  const names = Object.keys(given);
  const [name = ''] = names;
  if (names.length !== 1) throw new Error(`${path}: exactly one provider must be specified`);
  switch (name) {
    case 'aesgcm':
      return aesGcm(keysOf(`${path}.aesgcm`, given.aesgcm?.keys), random);
    case 'aescbc':
      return aesCbc(keysOf(`${path}.aescbc`, given.aescbc?.keys), random);
    case 'identity':
      return identity;
    default:
      throw new Error(
        `${path}: provider ${JSON.stringify(name)} is not supported, use aesgcm, aescbc or identity`,
      );
  }
}

const keyBytes: readonly number[] = [16, 24, 32];

function keysOf(path: string, keys: readonly GivenKey[] = []): readonly EncryptionKey[] {
  if (keys.length === 0) throw new Error(`${path}.keys: must have at least one key`);
  return keys.map(({ name = '', secret = '' }, i) => {
    const at = `${path}.keys[${i}]`;
    if (!name || name.includes(':'))
      throw new Error(`${at}.name: must not be empty or hold a colon`);
    if (keys.findIndex((key) => key.name === name) < i) {
      throw new Error(`${at}.name: duplicate name ${JSON.stringify(name)}`);
    }
    const bytes = Buffer.from(secret, 'base64');
    if (!keyBytes.includes(bytes.length)) {
      throw new Error(
        `${at}.secret: secret is not of the expected length, got ${bytes.length}, expected one of [${keyBytes.join(' ')}]`,
      );
    }
    return { name, secret: bytes };
  });
}
