import { Buffer } from 'node:buffer';
import { apiVersionOf, parseJson, stringifyJson } from '@berth/api';
import type { KubeObject } from '@berth/api';
import type { KeyValue } from '@berth/storage';
import { createDecodedMemo } from './decoded-memo.ts';
import type { Strategy } from './strategy.ts';

/**
 * Objects of one resource as stored bytes and back. Stored values are JSON that begins with apiVersion and kind and
 * never holds a resourceVersion: that is the revision of the key.
 */
export interface Codec {
  /** A promise where the stored version is somebody else's to make. */
  encode(object: KubeObject): Uint8Array | Promise<Uint8Array>;
  /**
   * The object of a stored value, with its resourceVersion. It is shared, and kept for as long as it is of use: never
   * change it.
   */
  decode(kv: KeyValue): KubeObject;
  /** The JSON clients get, without decoding when the bytes allow it. `revision` stands in for a removed object's own. */
  wire(kv: KeyValue, revision?: number): Uint8Array;
  /** The JSON clients get for an object that has no stored bytes. */
  wireOf(object: KubeObject): Uint8Array;
  /** Tells what object `decode` and `wire` shall take for a stored value. */
  remember(kv: KeyValue, object: KubeObject): void;
  /** Tells that the key holds something newer by now. */
  outdated(kv: KeyValue): void;
  /** The object of which `encode` has made these bytes, when somebody else had a say in it. */
  encodedFrom(value: Uint8Array): KubeObject | undefined;
}

/** Of one resource: enough for all that are on their way to watchers, and to their next change in a rush. */
const recentlyDecoded = 1024;

export function createCodec({ type, storedAs }: Strategy): Codec {
  const decoded = createDecodedMemo<KeyValue, KubeObject>(recentlyDecoded);
  const told = new WeakMap<KeyValue, KubeObject>();
  const printed = new WeakMap<KeyValue, Uint8Array>();
  const encoded = new WeakMap<Uint8Array, KubeObject>();
  const { kind } = type;
  const apiVersion = apiVersionOf(type);
  const openings = storedAs ? [] : openingsOf(apiVersion, kind);
  const storedType = storedAs?.type ?? type;
  const storedHead = { apiVersion: apiVersionOf(storedType), kind: storedType.kind };

  const make = (kv: KeyValue) => {
    const stored = atRevision(parseStored(kv.value), kv.modRevision);
    return storedAs ? { ...storedAs.fromStored(stored), apiVersion, kind } : stored;
  };
  const decode = (kv: KeyValue) => told.get(kv) ?? decoded.get(kv, () => make(kv));

  const bytesOf = ({ apiVersion: _version, kind: _kind, metadata, ...rest }: KubeObject) => {
    const { resourceVersion: _revision, ...kept } = metadata;
    return bytesToKeep(stringifyJson({ ...storedHead, metadata: kept, ...rest }));
  };

  const wireOf = (object: KubeObject) => {
    const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
    return Buffer.from(stringifyJson({ kind, apiVersion, metadata, ...rest }));
  };

  const print = (kv: KeyValue): Uint8Array => {
    const known = printed.get(kv);
    if (known) return known;
    const bytes = wireOf(decode(kv));
    printed.set(kv, bytes);
    return bytes;
  };

  return {
    encode(object) {
      const { toStored, convert } = storedAs ?? {};
      if (convert && storedHead.apiVersion !== apiVersion)
        return convert([object], storedHead.apiVersion).then(([stored]) => {
          const bytes = bytesOf(stored!);
          encoded.set(bytes, object);
          return bytes;
        });
      return bytesOf(toStored ? toStored(object) : object);
    },
    decode,
    remember: (kv, object) => void told.set(kv, object),
    outdated: (kv) => decoded.outdated(kv),
    encodedFrom: (value) => encoded.get(value),
    wire(kv, revision = kv.modRevision) {
      const at = openings.find((opening) => startsWith(kv.value, opening))?.length;
      if (at !== undefined) return splice(kv.value, at - 1, `"resourceVersion":"${revision}",`);
      if (revision === kv.modRevision) return print(kv);
      return wireOf(atRevision(decode(kv), revision));
    },
    wireOf,
  };
}

/**
 * Bodies are read with more care: what is stored was one, so that it nests within bounds and no key repeats. Only
 * numbers that a double does not hold are to be looked for.
 */
export function parseStored(value: Uint8Array): KubeObject {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
  return (needsCare.test(text) ? parseJson(text).value : JSON.parse(text)) as KubeObject;
}

/** An integer with as many digits as 2^53 has, or an exponent. Text that looks like one costs some time, no more. */
const needsCare = /[:,[]\s*-?(?:\d{16}|\d[\d.]*[eE])/;

/** In memory of its own: what is kept would hold on to the whole slab that small buffers share. */
function bytesToKeep(text: string): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/** The same object as of another revision. */
export const atRevision = (object: KubeObject, revision: number): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(revision) },
});

/** How stored values begin: as this server writes them, and as kube-apiserver does. The quote opens the first field. */
const openingsOf = (apiVersion: string, kind: string): readonly Uint8Array[] =>
  [
    `{"apiVersion":"${apiVersion}","kind":"${kind}","metadata":{"`,
    `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":{"`,
  ].map((text) => Buffer.from(text));

const startsWith = (bytes: Uint8Array, opening: Uint8Array) =>
  bytes.length > opening.length && Buffer.compare(bytes.subarray(0, opening.length), opening) === 0;

function splice(bytes: Uint8Array, at: number, text: string): Uint8Array {
  const spliced = Buffer.allocUnsafe(bytes.length + text.length);
  spliced.set(bytes.subarray(0, at));
  spliced.write(text, at, 'latin1');
  spliced.set(bytes.subarray(at), at + text.length);
  return spliced;
}
