import { Buffer } from 'node:buffer';
import { apiVersionOf, parseJson, stringifyJson } from '@berth/api';
import type { KubeObject } from '@berth/api';
import type { KeyValue } from '@berth/storage';
import type { Strategy } from './strategy.ts';

/**
 * Objects of one resource as stored bytes and back. Stored values are JSON that begins with apiVersion and kind and
 * never holds a resourceVersion: that is the revision of the key.
 */
export interface Codec {
  encode(object: KubeObject): Uint8Array;
  /** The object of a stored value, with its resourceVersion; made once per `kv`. It is shared: never change it. */
  decode(kv: KeyValue): KubeObject;
  /** The JSON clients get, without decoding when the bytes allow it. `revision` stands in for a removed object's own. */
  wire(kv: KeyValue, revision?: number): Uint8Array;
  /** Writes the same at `at`, where there is room for `wireBound` bytes, and gives back where it ends. */
  wireInto(kv: KeyValue, into: Buffer, at: number): number;
  /** The most that the JSON of `kv` takes. */
  wireBound(kv: KeyValue): number;
  /** The JSON clients get for an object that has no stored bytes. */
  wireOf(object: KubeObject): Uint8Array;
}

export function createCodec({ type, storedAs }: Strategy): Codec {
  const decoded = new WeakMap<KeyValue, KubeObject>();
  const printed = new WeakMap<KeyValue, Uint8Array>();
  const { kind } = type;
  const apiVersion = apiVersionOf(type);
  const openings = storedAs ? [] : openingsOf(apiVersion, kind);
  const storedType = storedAs?.type ?? type;
  const storedHead = { apiVersion: apiVersionOf(storedType), kind: storedType.kind };

  const decode = (kv: KeyValue) => {
    const known = decoded.get(kv);
    if (known) return known;
    const stored = atRevision(parseJson(kv.value).value as KubeObject, kv.modRevision);
    const object = storedAs ? { ...storedAs.fromStored(stored), apiVersion, kind } : stored;
    decoded.set(kv, object);
    return object;
  };

  const wireOf = (object: KubeObject) => {
    const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
    return Buffer.from(stringifyJson({ kind, apiVersion, metadata, ...rest }));
  };

  const openingOf = ({ value }: KeyValue) => openings.find(({ bytes }) => startsWith(value, bytes));

  const print = (kv: KeyValue): Uint8Array => {
    const known = printed.get(kv);
    if (known) return known;
    const bytes = wireOf(decode(kv));
    printed.set(kv, bytes);
    return bytes;
  };

  return {
    encode(object) {
      const stored = storedAs ? storedAs.toStored(object) : object;
      const { apiVersion: _version, kind: _kind, metadata, ...rest } = stored;
      const { resourceVersion: _revision, ...kept } = metadata;
      return Buffer.from(stringifyJson({ ...storedHead, metadata: kept, ...rest }));
    },
    decode,
    wireBound: (kv) =>
      openingOf(kv) === undefined ? print(kv).length : kv.value.length + longestRevision,
    wireInto(kv, into, at) {
      const opening = openingOf(kv);
      const bytes = opening === undefined ? print(kv) : kv.value;
      if (opening === undefined) {
        into.set(bytes, at);
        return at + bytes.length;
      }
      const head = `${opening.text.slice(0, -1)}"resourceVersion":"${kv.modRevision}",`;
      const end = at + into.write(head, at, 'latin1');
      into.set(bytes.subarray(opening.bytes.length - 1), end);
      return end + bytes.length - opening.bytes.length + 1;
    },
    wire(kv, revision = kv.modRevision) {
      const at = openingOf(kv)?.bytes.length;
      if (at !== undefined) return splice(kv.value, at - 1, `"resourceVersion":"${revision}",`);
      if (revision === kv.modRevision) return print(kv);
      return wireOf(atRevision(decode(kv), revision));
    },
    wireOf,
  };
}

/** The same object as of another revision. */
export const atRevision = (object: KubeObject, revision: number): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(revision) },
});

/** What a resourceVersion with its name takes at most. */
const longestRevision = '"resourceVersion":"",'.length + String(Number.MAX_SAFE_INTEGER).length;

interface Opening {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** How stored values begin: as this server writes them, and as kube-apiserver does. The quote opens the first field. */
const openingsOf = (apiVersion: string, kind: string): readonly Opening[] =>
  [
    `{"apiVersion":"${apiVersion}","kind":"${kind}","metadata":{"`,
    `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":{"`,
  ].map((text) => ({ text, bytes: Buffer.from(text) }));

function startsWith(bytes: Uint8Array, opening: Uint8Array): boolean {
  if (bytes.length <= opening.length) return false;
  for (let i = 0; i < opening.length; i += 1) if (bytes[i] !== opening[i]) return false;
  return true;
}

function splice(bytes: Uint8Array, at: number, text: string): Uint8Array {
  const spliced = Buffer.allocUnsafe(bytes.length + text.length);
  spliced.set(bytes.subarray(0, at));
  spliced.write(text, at, 'latin1');
  spliced.set(bytes.subarray(at), at + text.length);
  return spliced;
}
