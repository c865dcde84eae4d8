/** As much of protobuf's wire as etcd's messages have: numbers, bytes, and messages in messages. */

type Value = number | bigint | Uint8Array | Message;
/** Fields by number, in order. */
type Message = readonly (readonly [field: number, value: Value])[];

const varintType = 0;
const bytesType = 2;
const continues = 0x80;

export function encodeMessage(message: Message): Buffer {
  const bytes = Buffer.allocUnsafe(mostBytes(message));
  return bytes.subarray(writeBefore(bytes.length, message, bytes));
}

/** A tag of five bytes at most, and a number of 64 bits or a length of 32. */
const mostOfNumber = 15;
const mostBeforeBytes = 10;

function mostBytes(message: Message): number {
  let sum = 0;
  for (const [, value] of message) {
    if (value instanceof Uint8Array) sum += mostBeforeBytes + value.length;
    else if (typeof value === 'object') sum += mostBeforeBytes + mostBytes(value);
    else sum += mostOfNumber;
  }
  return sum;
}

/** Gives back where a message begins that ends at `end`. Lengths come first: what is written last to first knows them. */
function writeBefore(end: number, message: Message, into: Uint8Array): number {
  let at = end;
  const number = (value: number | bigint) => {
    const bytes = varint(value);
    for (let j = bytes.length - 1; j >= 0; j -= 1) into[(at -= 1)] = bytes[j]!;
  };
  for (let i = message.length - 1; i >= 0; i -= 1) {
    const [field, value] = message[i]!;
    if (typeof value !== 'object') {
      number(value);
      number((field << 3) | varintType);
    } else {
      const after = at;
      if (value instanceof Uint8Array) into.set(value, (at -= value.length));
      else at = writeBefore(at, value, into);
      number(after - at);
      number((field << 3) | bytesType);
    }
  }
  return at;
}

function varint(value: number | bigint): readonly number[] {
  const bytes: number[] = [];
  let left = value;
  while (left >= continues) {
    bytes.push(Number(typeof left === 'bigint' ? left & 0x7fn : left % continues) | continues);
    left = typeof left === 'bigint' ? left >> 7n : Math.floor(left / continues);
  }
  bytes.push(Number(left));
  return bytes;
}

const nothing: Buffer = Buffer.alloc(0);

/**
 * Gives the fields of a message that are numbers or bytes, in order; etcd's answers have no others. Numbers beyond the
 * safe integers come out wrong.
 */
export function readFields(
  message: Buffer,
  take: (field: number, value: number, bytes: Buffer) => void,
): void {
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
    const type = tag & 7;
    if (type === varintType) take(tag >>> 3, next(), nothing);
    else if (type === bytesType) {
      const end = next() + at;
      take(tag >>> 3, 0, message.subarray(at, end));
      at = end;
    } else throw new Error(`etcd's answer has a field of type ${type}`);
  }
}
