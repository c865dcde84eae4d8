import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { ValueTransform } from '@berth/storage';

/** One key of a provider, by its name in what it has sealed. */
export interface EncryptionKey {
  readonly name: string;
  readonly secret: Uint8Array;
}

/** One way to store values. What it has sealed begins with one of its prefixes. */
export interface Provider {
  /** One per key, the first of which seals; `''` is for what is stored as it is. */
  readonly prefixes: readonly string[];
  seal(key: string, value: Uint8Array): Uint8Array;
  /** `index` is that of the prefix, which is cut off. */
  open(index: number, key: string, sealed: Uint8Array): Uint8Array;
}

/** Bytes that nobody can guess. */
export type RandomBytes = (size: number) => Uint8Array;

const encrypted = 'k8s:enc:';

export const identity: Provider = {
  prefixes: [''],
  seal: (_key, value) => value,
  open(_index, _key, stored) {
    if (startsWith(stored, encrypted)) {
      throw new Error('identity transformer tried to read encrypted data');
    }
    return stored;
  },
};

interface Cipher {
  readonly seal: (secret: Uint8Array, key: string, value: Uint8Array) => Uint8Array;
  readonly open: (secret: Uint8Array, key: string, sealed: Uint8Array) => Uint8Array;
}

function keyed(name: string, keys: readonly EncryptionKey[], { seal, open }: Cipher): Provider {
  const prefixes = keys.map((key) => `${encrypted}${name}:v1:${key.name}:`);
  const secretOf = (index: number): Uint8Array => {
    const key = keys[index];
    if (!key) throw new Error(`${name} has no key ${index}`);
    return key.secret;
  };
  return {
    prefixes,
    seal: (key, value) =>
      Buffer.concat([Buffer.from(prefixes[0] ?? ''), seal(secretOf(0), key, value)]),
    open: (index, key, sealed) => open(secretOf(index), key, sealed),
  };
}

const nonceBytes = 12;
const tagBytes = 16;
const gcmOf = (secret: Uint8Array) => `aes-${secret.length * 8}-gcm` as 'aes-256-gcm';

/** A nonce, the text, and a tag that also vouches for the key under which it is stored. */
export const aesGcm = (keys: readonly EncryptionKey[], random: RandomBytes): Provider =>
  keyed('aesgcm', keys, {
    seal(secret, key, value) {
      const nonce = random(nonceBytes);
      const cipher = createCipheriv(gcmOf(secret), secret, nonce);
      cipher.setAAD(Buffer.from(key));
      return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
    },
    open(secret, key, sealed) {
      if (sealed.length < nonceBytes + tagBytes) throw tooShort();
      const nonce = sealed.subarray(0, nonceBytes);
      const decipher = createDecipheriv(gcmOf(secret), secret, nonce, { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(key));
      decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
      const text = sealed.subarray(nonceBytes, sealed.length - tagBytes);
      return Buffer.concat([decipher.update(text), decipher.final()]);
    },
  });

const blockBytes = 16;

export const aesCbc = (keys: readonly EncryptionKey[], random: RandomBytes): Provider =>
  keyed('aescbc', keys, {
    seal(secret, _key, value) {
      const start = random(blockBytes);
      const cipher = createCipheriv(`aes-${secret.length * 8}-cbc`, secret, start);
      return Buffer.concat([start, cipher.update(value), cipher.final()]);
    },
    open(secret, _key, sealed) {
      if (sealed.length < 2 * blockBytes) throw tooShort();
      const start = sealed.subarray(0, blockBytes);
      const decipher = createDecipheriv(`aes-${secret.length * 8}-cbc`, secret, start);
      return Buffer.concat([decipher.update(sealed.subarray(blockBytes)), decipher.final()]);
    },
  });

const tooShort = () => new Error('the stored data was shorter than the required size');

/** The first provider seals; any of them opens what it has sealed, and what the first key did not seal is stale. */
export function providersTransform(providers: readonly Provider[]): ValueTransform {
  const [first = identity] = providers;
  const known = providers.flatMap((provider) =>
    provider.prefixes.map((prefix, index) => ({ provider, prefix, index })),
  );
  return {
    seal: (key, value) => first.seal(key, value),
    open(key, stored) {
      const at = known.findIndex(
        ({ prefix }) => startsWith(stored, prefix) && (prefix || !startsWith(stored, encrypted)),
      );
      const found = known[at];
      if (!found) throw new Error(`no matching prefix found for the data stored under ${key}`);
      const sealed = stored.subarray(Buffer.byteLength(found.prefix));
      return { value: found.provider.open(found.index, key, sealed), stale: at > 0 };
    },
  };
}

const startsWith = (bytes: Uint8Array, prefix: string) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, prefix.length)).toString(
    'latin1',
  ) === prefix;
