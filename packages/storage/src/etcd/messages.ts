import type { Revision } from '../storage.ts';

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
  const compare = [...number(2, targetMod), ...bytes(3, [key]), ...number(6, expected)];
  const operation = put
    ? bytes(2, [
        ...bytes(1, [key]),
        ...bytes(2, [put.value]),
        ...(put.lease === undefined ? [] : number(3, BigInt(put.lease))),
      ])
    : bytes(3, bytes(1, [key]));
  return Buffer.concat([...bytes(1, compare), ...bytes(2, operation)]);
}

export interface TxnAnswer {
  readonly revision: Revision;
  readonly succeeded: boolean;
}

export function decodeTxn(answer: Uint8Array): TxnAnswer {
  let revision = 0;
  let succeeded = false;
  for (const field of fieldsOf(answer)) {
    if (field.number === 1) revision = revisionOf(field.bytes);
    if (field.number === 2) succeeded = field.value !== 0;
  }
  return { revision, succeeded };
}

export const encodeGet = (key: Uint8Array): Uint8Array => Buffer.concat(bytes(1, [key]));

export interface GetAnswer {
  readonly revision: Revision;
  /** Absent when the key holds nothing. */
  readonly found?: { readonly value: Uint8Array; readonly modRevision: Revision };
}

export function decodeGet(answer: Uint8Array): GetAnswer {
  let revision = 0;
  let found: GetAnswer['found'];
  for (const field of fieldsOf(answer)) {
    if (field.number === 1) revision = revisionOf(field.bytes);
    if (field.number === 2) found = foundIn(field.bytes);
  }
  return { revision, ...(found && { found }) };
}

function foundIn(keyValue: Uint8Array): NonNullable<GetAnswer['found']> {
  let value: Uint8Array = nothing;
  let modRevision = 0;
  for (const field of fieldsOf(keyValue)) {
    if (field.number === 3) modRevision = field.value;
    if (field.number === 5) value = field.bytes;
  }
  return { value, modRevision };
}

/** The revision in a ResponseHeader. */
function revisionOf(header: Uint8Array): Revision {
  for (const field of fieldsOf(header)) if (field.number === 3) return field.value;
  return 0;
}

const nothing = new Uint8Array();

/** Protobuf's types on the wire, in the low bits of a field's tag. */
const varintType = 0;
const bytesType = 2;
const continues = 0x80;

const number = (field: number, value: number | bigint): Uint8Array[] => [
  varint((field << 3) | varintType),
  varint(value),
];

function bytes(field: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [varint((field << 3) | bytesType), varint(length), ...parts];
}

function varint(value: number | bigint): Uint8Array {
  const low: number[] = [];
  let left = BigInt(value);
  for (; left >= continues; left >>= 7n) low.push(Number(left & 0x7fn) | continues);
  low.push(Number(left));
  return Uint8Array.from(low);
}

interface Field {
  readonly number: number;
  /** Of a number; numbers beyond the safe integers come out wrong, and none that is read here gets there. */
  readonly value: number;
  readonly bytes: Uint8Array;
}

/** The fields of a message that are numbers or bytes; etcd's answers have no others. */
function* fieldsOf(message: Uint8Array): Generator<Field, void> {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; at < message.length; scale *= 0x80) {
      const byte = message[at]!;
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < continues) break;
    }
    return value;
  };
  while (at < message.length) {
    const tag = next();
    const field = tag >>> 3;
    if ((tag & 7) === varintType) yield { number: field, value: next(), bytes: nothing };
    else if ((tag & 7) === bytesType) {
      const end = next() + at;
      yield { number: field, value: 0, bytes: message.subarray(at, end) };
      at = end;
    } else throw new Error(`etcd's answer has a field of type ${tag & 7}`);
  }
}
