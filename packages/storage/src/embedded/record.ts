import type { JournalHeader } from '../journal.ts';
import type { Revision } from '../storage.ts';

const headBytes = 1 + 8 + 8 + 2;
const deletedFlag = 1;

/**
 * One write as bytes: flags (1), the key's revision before (8, 0 for none), when it expires (8, 0 for never), the
 * key's length (2), the key, the value. Numbers are big endian, the 8 byte ones floating point.
 */
export function encodeRecord(record: JournalHeader & { readonly value?: Uint8Array }): Buffer {
  const key = Buffer.from(record.key);
  const value = record.value ?? new Uint8Array();
  const bytes = Buffer.allocUnsafe(headBytes + key.length + value.byteLength);
  bytes.writeUInt8(record.deleted ? deletedFlag : 0, 0);
  bytes.writeDoubleBE(record.prev ?? 0, 1);
  bytes.writeDoubleBE(record.expiresAt ?? 0, 9);
  bytes.writeUInt16BE(key.length, 17);
  bytes.set(key, headBytes);
  bytes.set(value, headBytes + key.length);
  return bytes;
}

export function decodeHeader(revision: Revision, bytes: Buffer): JournalHeader {
  const prev = bytes.readDoubleBE(1);
  const expiresAt = bytes.readDoubleBE(9);
  return {
    revision,
    key: bytes.toString('utf8', headBytes, valueStart(bytes)),
    deleted: bytes.readUInt8(0) === deletedFlag,
    ...(prev > 0 && { prev }),
    ...(expiresAt > 0 && { expiresAt }),
  };
}

export const decodeValue = (bytes: Buffer): Uint8Array => bytes.subarray(valueStart(bytes));

const valueStart = (bytes: Buffer) => headBytes + bytes.readUInt16BE(17);
