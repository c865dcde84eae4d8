import type { Reader, Writer } from 'protobufjs/minimal.js';
import { exactInteger } from '../exact-integer.ts';
import { parseJson, stringifyJson } from '../json.ts';
import { badRequest } from '../status.ts';
import { protobuf } from './runtime.ts';
import { formatInstant, parseInstant } from './time.ts';

/** How values of one type look on the wire. */
export interface ValueCodec {
  readonly wireType: 0 | 1 | 2;
  /** Go prints this type even where it holds zero and may be left out. */
  readonly printsZero?: true;
  /** `undefined` stands for a value that JSON leaves out, such as a time that was never set. */
  read(reader: Reader, depth: number): unknown;
  write(writer: Writer, value: unknown, depth: number): void;
}

/** A reader of the next length-delimited value. */
export function nested(reader: Reader): Reader {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('unexpected EOF');
  const inner = protobuf().Reader.create(reader.buf);
  inner.pos = reader.pos;
  inner.len = end;
  reader.pos = end;
  return inner;
}

/** A length-delimited value of no bytes. */
export const emptyValue = (): Reader => protobuf().Reader.create(Uint8Array.of(0));

const wrong = (expected: string, value: unknown) =>
  badRequest(`cannot encode ${typeof value} as ${expected}`);

export const text: ValueCodec = {
  wireType: 2,
  read: (reader) => reader.string(),
  write(writer, value) {
    if (typeof value !== 'string') throw wrong('a string', value);
    writer.string(value);
  },
};

export const boolean: ValueCodec = {
  wireType: 0,
  read: (reader) => readInteger(reader) !== 0,
  write(writer, value) {
    if (typeof value !== 'boolean') throw wrong('a boolean', value);
    writer.bool(value);
  },
};

export const integer: ValueCodec = {
  wireType: 0,
  read: (reader) => readInteger(reader),
  write(writer, value) {
    if (typeof value !== 'bigint' && !Number.isInteger(value)) throw wrong('an integer', value);
    const whole = BigInt(value as number | bigint);
    if (BigInt.asIntN(64, whole) !== whole) throw wrong('an integer of 64 bits', value);
    writer.int64(longOf(whole));
  },
};

export const double: ValueCodec = {
  wireType: 1,
  read: (reader) => reader.double(),
  write(writer, value) {
    if (typeof value !== 'number') throw wrong('a number', value);
    writer.double(value);
  },
};

export const bytes: ValueCodec = {
  wireType: 2,
  read: (reader) => bufferOf(reader.bytes()).toString('base64'),
  write(writer, value) {
    if (typeof value !== 'string') throw wrong('base64', value);
    writer.bytes(Buffer.from(value, 'base64'));
  },
};

/** RawExtension and FieldsV1: JSON text in a message of its own. */
export const json: ValueCodec = {
  wireType: 2,
  read(reader) {
    const raw = readFields(nested(reader)).get(1);
    return raw instanceof Uint8Array && raw.length > 0 ? parseJson(raw).value : undefined;
  },
  write(writer, value) {
    writer.fork().uint32(tag(1, 2)).string(stringifyJson(value)).ldelim();
  },
};

export const quantity: ValueCodec = {
  wireType: 2,
  read: (reader) => stringAt(readFields(nested(reader)), 1) ?? '0',
  write(writer, value) {
    if (typeof value !== 'string' && typeof value !== 'number') throw wrong('a quantity', value);
    writer.fork().uint32(tag(1, 2)).string(String(value)).ldelim();
  },
};

export const intOrString: ValueCodec = {
  wireType: 2,
  printsZero: true,
  read(reader) {
    const fields = readFields(nested(reader));
    return fields.get(1) === 1 ? (stringAt(fields, 3) ?? '') : (fields.get(2) ?? 0);
  },
  write(writer, value) {
    const message = writer.fork();
    if (typeof value === 'string') {
      message.uint32(tag(1, 0)).int32(1).uint32(tag(2, 0)).int32(0);
      message.uint32(tag(3, 2)).string(value).ldelim();
    } else if (Number.isSafeInteger(value)) {
      message
        .uint32(tag(1, 0))
        .int32(0)
        .uint32(tag(2, 0))
        .int64(value as number);
      message.uint32(tag(3, 2)).string('').ldelim();
    } else {
      throw wrong('an integer or a string', value);
    }
  },
};

const timeCodec = (fractionDigits: 0 | 6): ValueCodec => ({
  wireType: 2,
  read(reader) {
    const inner = nested(reader);
    if (inner.pos === inner.len) return undefined;
    const fields = readFields(inner);
    const instant = { seconds: Number(fields.get(1) ?? 0), nanos: Number(fields.get(2) ?? 0) };
    return formatInstant(instant, fractionDigits);
  },
  write(writer, value) {
    const parsed = typeof value === 'string' ? parseInstant(value) : undefined;
    if (!parsed) throw wrong('a time', value);
    const nanos = fractionDigits === 0 ? 0 : parsed.nanos;
    writer.fork().uint32(tag(1, 0)).int64(parsed.seconds).uint32(tag(2, 0)).int32(nanos).ldelim();
  },
});
export const time = timeCodec(0);
export const microTime = timeCodec(6);

export const tag = (field: number, wireType: number): number => (field << 3) | wireType;

/** The fields of a small message by number, the last of each: integers, or bytes. */
export function readFields(reader: Reader): Map<number, number | bigint | Uint8Array> {
  const fields = new Map<number, number | bigint | Uint8Array>();
  while (reader.pos < reader.len) {
    const { field, wireType } = readTag(reader);
    if (wireType === 0) fields.set(field, readInteger(reader));
    else if (wireType === 2) fields.set(field, reader.bytes());
    else reader.skipType(wireType);
  }
  return fields;
}

export function stringAt(
  fields: ReadonlyMap<number, number | bigint | Uint8Array>,
  field: number,
): string | undefined {
  const value = fields.get(field);
  return value instanceof Uint8Array ? bufferOf(value).toString('utf8') : undefined;
}

export function readTag(reader: Reader): { readonly field: number; readonly wireType: number } {
  const value = reader.uint32();
  return { field: value >>> 3, wireType: value & 7 };
}

const bufferOf = (value: Uint8Array) =>
  Buffer.from(value.buffer, value.byteOffset, value.byteLength);

/** A varint as a signed 64-bit integer; a bigint only when a double cannot hold it. */
function readInteger(reader: Reader): number | bigint {
  const start = reader.pos;
  let value = 0;
  for (let scale = 1; scale < 2 ** 49; scale *= 128) {
    const byte = nextByte(reader);
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
  reader.pos = start;
  return readLongInteger(reader);
}

function readLongInteger(reader: Reader): number | bigint {
  let bits = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = nextByte(reader);
    bits |= BigInt(byte & 127) << shift;
    if (byte >= 128) continue;
    return exactInteger(BigInt.asIntN(64, bits));
  }
  throw new RangeError('integer overflow');
}

function nextByte(reader: Reader): number {
  const byte = reader.pos < reader.len ? reader.buf[reader.pos++] : undefined;
  if (byte === undefined) throw new RangeError('unexpected EOF');
  return byte;
}

const longOf = (value: bigint) => ({
  low: Number(BigInt.asIntN(32, value)),
  high: Number(BigInt.asIntN(32, value >> 32n)),
  unsigned: false,
});
