import type { Revision } from '../storage.ts';
import { encodeMessage, readFields } from './protobuf.ts';

/** The calls of etcd that every request of the API server may need, and its watch, as protobuf's bytes. */

export const txnPath = '/etcdserverpb.KV/Txn';
export const rangePath = '/etcdserverpb.KV/Range';
export const watchPath = '/etcdserverpb.Watch/Watch';

export interface Put {
  readonly value: Uint8Array;
  /** A lease's id, decimal. */
  readonly lease?: string;
}

/** Compare.target MOD. Its result EQUAL is 0, which is left out on the wire. */
const targetMod = 2;

/** Puts a value, or removes the key where there is none, if the key is at `expected`, 0 for absent. */
export function encodeTxn(key: Uint8Array, expected: Revision, put: Put | undefined): Uint8Array {
  const operation = put
    ? ([2, [[1, key], [2, put.value], ...leaseOf(put)]] as const)
    : ([3, [[1, key]]] as const);
  return encodeMessage([
    [
      1,
      [
        [2, targetMod],
        [3, key],
        [6, expected],
      ],
    ],
    [2, [operation]],
  ]);
}

const leaseOf = ({ lease }: Put) => (lease === undefined ? [] : [[3, BigInt(lease)] as const]);

export interface TxnAnswer {
  readonly revision: Revision;
  readonly succeeded: boolean;
}

export function decodeTxn(answer: Buffer): TxnAnswer {
  let revision = 0;
  let succeeded = false;
  readFields(answer, (field, value, bytes) => {
    if (field === 1) revision = revisionOf(bytes);
    if (field === 2) succeeded = value !== 0;
  });
  return { revision, succeeded };
}

export const encodeGet = (key: Uint8Array): Uint8Array => encodeMessage([[1, key]]);

export interface GetAnswer {
  readonly revision: Revision;
  /** Absent when the key holds nothing. */
  readonly found?: { readonly value: Uint8Array; readonly modRevision: Revision };
}

export function decodeGet(answer: Buffer): GetAnswer {
  const got: { -readonly [K in keyof GetAnswer]: GetAnswer[K] } = { revision: 0 };
  readFields(answer, (field, _, bytes) => {
    if (field === 1) got.revision = revisionOf(bytes);
    if (field === 2) {
      const { value, modRevision } = keyStateIn(bytes);
      got.found = { value, modRevision };
    }
  });
  return got;
}

/** What is said of a key; its bytes are part of the answer, to be copied by whoever keeps them. */
export interface KeyState {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
}

function keyStateIn(keyValue: Buffer): KeyState {
  let [key, value] = [nothing, nothing];
  let [createRevision, modRevision] = [0, 0];
  readFields(keyValue, (field, number, bytes) => {
    if (field === 1) key = bytes;
    if (field === 2) createRevision = number;
    if (field === 3) modRevision = number;
    if (field === 5) value = bytes;
  });
  return { key, value, createRevision, modRevision };
}

/** Asks for the events of all keys, and what was there before, from a revision on. */
export const encodeWatch = (from: Revision): Uint8Array =>
  encodeMessage([
    [
      1,
      [
        [1, allKeys],
        [2, allKeys],
        [3, from],
        [6, 1],
      ],
    ],
  ]);

export interface WatchEvent {
  readonly type: 'put' | 'delete';
  /** Of a key that was removed it has no value. */
  readonly kv: KeyState;
  /** Absent as well when etcd has forgotten it. */
  readonly prev?: KeyState;
}

export interface WatchAnswer {
  readonly created: boolean;
  readonly canceled: boolean;
  readonly cancelReason: string;
  /** The oldest revision that a watch may ask for, when one was refused for that; else 0. */
  readonly compactRevision: Revision;
  readonly events: readonly WatchEvent[];
}

export function decodeWatch(answer: Buffer): WatchAnswer {
  let [created, canceled] = [false, false];
  let cancelReason = '';
  let compactRevision = 0;
  const events: WatchEvent[] = [];
  readFields(answer, (field, value, bytes) => {
    if (field === 3) created = value !== 0;
    if (field === 4) canceled = value !== 0;
    if (field === 5) compactRevision = value;
    if (field === 6) cancelReason = bytes.toString();
    if (field === 11) events.push(eventIn(bytes));
  });
  return { created, canceled, cancelReason, compactRevision, events };
}

function eventIn(event: Buffer): WatchEvent {
  let type: WatchEvent['type'] = 'put';
  let [kv, prev] = [nothing, nothing];
  readFields(event, (field, value, bytes) => {
    if (field === 1 && value !== 0) type = 'delete';
    if (field === 2) kv = bytes;
    if (field === 3) prev = bytes;
  });
  return { type, kv: keyStateIn(kv), ...(prev.length > 0 && { prev: keyStateIn(prev) }) };
}

/** The revision in a ResponseHeader. */
function revisionOf(header: Buffer): Revision {
  let revision = 0;
  readFields(header, (field, value) => {
    if (field === 3) revision = value;
  });
  return revision;
}

const nothing: Buffer = Buffer.alloc(0);
/** In etcd's ranges a single zero byte means the first key, and no end. */
const allKeys = Buffer.alloc(1);
