/** HTTP/2's frames as bytes (RFC 9113, sections 4 and 6). */

export const frameType = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flag = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

export const setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
} as const;

export const errorCode = {
  none: 0,
  protocol: 1,
  flowControl: 3,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  enhanceYourCalm: 11,
} as const;

/** The peer does not speak HTTP/2 as it should: the connection cannot be used any more. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: number;

  constructor(message: string, code: number = errorCode.protocol, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** Part of what was read: to be copied by whoever keeps it. */
  readonly payload: Buffer;
}

/** What a client says first. */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** The largest payload that every peer takes, and that we take: a large message comes in several. */
export const defaultFrameSize = 16_384;
export const largestFrameSize = 2 ** 24 - 1;
export const defaultWindow = 65_535;
export const largestWindow = 2 ** 31 - 1;

const headBytes = 9;
const nothing = Buffer.alloc(0);

/** What comes before a payload. */
export function encodeFrameHead(
  type: number,
  flags: number,
  streamId: number,
  length: number,
): Buffer {
  const head = Buffer.allocUnsafe(headBytes);
  head[0] = length >>> 16;
  head[1] = length >>> 8;
  head[2] = length;
  head[3] = type;
  head[4] = flags;
  head[5] = streamId >>> 24;
  head[6] = streamId >>> 16;
  head[7] = streamId >>> 8;
  head[8] = streamId;
  return head;
}

export const encodeFrame = (
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array,
): Buffer => Buffer.concat([encodeFrameHead(type, flags, streamId, payload.length), payload]);

export function encodeSettings(settings: readonly (readonly [id: number, value: number])[]) {
  const payload = Buffer.alloc(settings.length * 6);
  settings.forEach(([id, value], i) => {
    payload.writeUInt16BE(id, i * 6);
    payload.writeUInt32BE(value, i * 6 + 2);
  });
  return encodeFrame(frameType.settings, 0, 0, payload);
}

export function decodeSettings(payload: Buffer): readonly (readonly [id: number, value: number])[] {
  if (payload.length % 6 > 0) throw new ProtocolError('odd SETTINGS', errorCode.frameSize);
  return Array.from({ length: payload.length / 6 }, (_, i) => [
    payload.readUInt16BE(i * 6),
    payload.readUInt32BE(i * 6 + 2),
  ]);
}

const number = (type: number, streamId: number, value: number) => {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(value);
  return encodeFrame(type, 0, streamId, payload);
};
export const encodeWindowUpdate = (streamId: number, increment: number) =>
  number(frameType.windowUpdate, streamId, increment);
export const encodeReset = (streamId: number, code: number) =>
  number(frameType.rstStream, streamId, code);

/** A client's last word; no server opens streams that it could tell of. */
export function encodeGoaway(code: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(code, 4);
  return encodeFrame(frameType.goaway, 0, 0, payload);
}

/** Cuts what is read, in pieces of any size, into frames. Throws a `ProtocolError` where one is too large. */
export function createFrameReader(onFrame: (frame: Frame) => void): (piece: Buffer) => void {
  let rest = nothing;
  return (piece) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
    let at = 0;
    while (bytes.length - at >= headBytes) {
      const length = bytes.readUIntBE(at, 3);
      if (length > defaultFrameSize)
        throw new ProtocolError(`a frame of ${length} bytes`, errorCode.frameSize);
      const end = at + headBytes + length;
      if (end > bytes.length) break;
      onFrame({
        type: bytes[at + 3]!,
        flags: bytes[at + 4]!,
        streamId: bytes.readUInt32BE(at + 5) & largestWindow,
        payload: bytes.subarray(at + headBytes, end),
      });
      at = end;
    }
    // The piece may be overwritten by the next one.
    rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : nothing;
  };
}

/** The payload without what it is filled up with, and without the priority that headers may come with. */
export function contentOf({ type, flags, payload }: Frame): Buffer {
  const isPadded = (flags & flag.padded) > 0;
  const padding = isPadded ? (payload[0] ?? payload.length) : 0;
  const priority = type === frameType.headers && (flags & flag.priority) > 0 ? 5 : 0;
  const start = (isPadded ? 1 : 0) + priority;
  const end = payload.length - padding;
  if (start > end) throw new ProtocolError('more padding than frame');
  return start === 0 && end === payload.length ? payload : payload.subarray(start, end);
}
