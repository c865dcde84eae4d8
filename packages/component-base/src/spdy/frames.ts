import { Buffer } from 'node:buffer';

/** SPDY/3 frames as they travel. Header blocks stay compressed here. */
export type SpdyFrame =
  | {
      readonly type: 'data';
      readonly streamId: number;
      readonly fin: boolean;
      readonly data: Buffer;
    }
  | {
      readonly type: 'synStream';
      readonly streamId: number;
      readonly fin: boolean;
      readonly block: Buffer;
    }
  | {
      readonly type: 'synReply';
      readonly streamId: number;
      readonly fin: boolean;
      readonly block: Buffer;
    }
  | {
      readonly type: 'headers';
      readonly streamId: number;
      readonly fin: boolean;
      readonly block: Buffer;
    }
  | { readonly type: 'rstStream'; readonly streamId: number; readonly status: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goAway'; readonly lastStreamId: number }
  /** SETTINGS, WINDOW_UPDATE and what else may be: the peers we talk to do without. */
  | { readonly type: 'other' };

const version = 3;
const finFlag = 1;
const controlBit = 0x8000;
const idMask = 0x7fffffff;
const headBytes = 8;
/** Control frames carry headers at most. */
const maxControlBytes = 64 * 1024;

const code = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7, headers: 8 } as const;

export function encodeFrame(frame: Exclude<SpdyFrame, { readonly type: 'other' }>): Buffer {
  switch (frame.type) {
    case 'data': {
      const head = Buffer.alloc(headBytes);
      head.writeUInt32BE(frame.streamId, 0);
      head.writeUInt32BE(frame.data.length, 4);
      head[4] = frame.fin ? finFlag : 0;
      return Buffer.concat([head, frame.data]);
    }
    case 'synStream':
      // Behind the id: no associated stream, the highest priority, no slot.
      return control(code.synStream, frame.fin, [frame.streamId, 0], Buffer.alloc(2), frame.block);
    case 'synReply':
      return control(code.synReply, frame.fin, [frame.streamId], frame.block);
    case 'headers':
      return control(code.headers, frame.fin, [frame.streamId], frame.block);
    case 'rstStream':
      return control(code.rstStream, false, [frame.streamId, frame.status]);
    case 'ping':
      return control(code.ping, false, [frame.id]);
    case 'goAway':
      return control(code.goAway, false, [frame.lastStreamId, 0]);
  }
}

function control(
  type: number,
  fin: boolean,
  numbers: readonly number[],
  ...rest: readonly Buffer[]
): Buffer {
  const body = Buffer.concat([...numbers.map(uint32), ...rest]);
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(controlBit | version, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(body.length, 4);
  head[4] = fin ? finFlag : 0;
  return Buffer.concat([head, body]);
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Cuts frames out of bytes, however these arrive; throws when they are not SPDY/3. */
export async function* decodeFrames(chunks: AsyncIterable<Uint8Array>): AsyncIterable<SpdyFrame> {
  let waiting: Buffer[] = [];
  let size = 0;
  let needed = headBytes;
  for await (const chunk of chunks) {
    waiting.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    size += chunk.byteLength;
    while (size >= needed) {
      const bytes = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting);
      const total = headBytes + lengthOf(bytes);
      if (size >= total) {
        yield decode(bytes.subarray(0, total));
        const rest = bytes.subarray(total);
        waiting = rest.length > 0 ? [rest] : [];
        size = rest.length;
        needed = headBytes;
      } else {
        waiting = [bytes];
        needed = total;
      }
    }
  }
}

function lengthOf(head: Buffer): number {
  const length = head.readUInt32BE(4) & 0xffffff;
  const first = head.readUInt16BE(0);
  if ((first & controlBit) === 0) return length;
  if ((first & ~controlBit) !== version) throw new Error('not a SPDY/3 frame');
  if (length > maxControlBytes) throw new Error('SPDY control frame too large');
  return length;
}

function decode(bytes: Buffer): SpdyFrame {
  const fin = ((bytes[4] ?? 0) & finFlag) !== 0;
  const body = bytes.subarray(headBytes);
  if ((bytes.readUInt16BE(0) & controlBit) === 0) {
    return { type: 'data', streamId: bytes.readUInt32BE(0), fin, data: body };
  }
  const id = () => body.readUInt32BE(0) & idMask;
  switch (bytes.readUInt16BE(2)) {
    case code.synStream:
      return { type: 'synStream', streamId: id(), fin, block: body.subarray(10) };
    case code.synReply:
      return { type: 'synReply', streamId: id(), fin, block: body.subarray(4) };
    case code.headers:
      return { type: 'headers', streamId: id(), fin, block: body.subarray(4) };
    case code.rstStream:
      return { type: 'rstStream', streamId: id(), status: body.readUInt32BE(4) };
    case code.ping:
      return { type: 'ping', id: body.readUInt32BE(0) };
    case code.goAway:
      return { type: 'goAway', lastStreamId: id() };
    default:
      return { type: 'other' };
  }
}
