import type { Revision } from '../storage.ts';
import { encodeMessage, readFields } from './protobuf.ts';

/** The two calls of etcd's KV service that every request of the API server may need, as protobuf's bytes. */

export const txnPath = '/etcdserverpb.KV/Txn';
export const rangePath = '/etcdserverpb.KV/Range';

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

export function decodeTxn(answer: Uint8Array): TxnAnswer {
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

export function decodeGet(answer: Uint8Array): GetAnswer {
  let revision = 0;
  let found: GetAnswer['found'];
  readFields(answer, (field, _, bytes) => {
    if (field === 1) revision = revisionOf(bytes);
    if (field === 2) found = foundIn(bytes);
  });
  return { revision, ...(found && { found }) };
}

function foundIn(keyValue: Uint8Array): NonNullable<GetAnswer['found']> {
  let value: Uint8Array = nothing;
  let modRevision = 0;
  readFields(keyValue, (field, number, bytes) => {
    if (field === 3) modRevision = number;
    if (field === 5) value = bytes;
  });
  return { value, modRevision };
}

/** The revision in a ResponseHeader. */
function revisionOf(header: Uint8Array): Revision {
  let revision = 0;
  readFields(header, (field, value) => {
    if (field === 3) revision = value;
  });
  return revision;
}

const nothing = new Uint8Array();
