import {
  defaultFrameSize,
  defaultWindow,
  encodeFrameHead,
  errorCode,
  flag,
  frameType,
  largestWindow,
  ProtocolError,
} from './frames.ts';

export interface Request {
  /** A block that means the same on every stream. */
  readonly headers: Uint8Array;
  /** Its pieces, none of which is empty. */
  readonly body: readonly Uint8Array[];
  /** Whether nothing comes after the body. */
  readonly ends: boolean;
}

/** A request that is on its way. */
export interface Sending {
  readonly streamId: number;
  readonly ends: boolean;
  /** What of the body has yet to be sent. */
  left: Uint8Array;
  /** How much the peer takes on this stream; less than nothing when it has changed its mind. */
  window: number;
}

/** Sends what the peer's windows allow, and the rest as they open. */
export interface Sender {
  send(streamId: number, request: Request): Sending;
  /** Sends no more of it. */
  drop(sending: Sending): void;
  /** The peer takes more, of this one or of all together. */
  widen(increment: number, sending?: Sending): void;
  /** The peer takes so much of each stream from its beginning on, `known` streams included. */
  resizeWindows(size: number, known: Iterable<Sending>): void;
  resizeFrames(size: number): void;
}

const nothing = new Uint8Array();

export function createSender(write: (bytes: Uint8Array) => void): Sender {
  let window = defaultWindow;
  let streamWindow = defaultWindow;
  let frameSize = defaultFrameSize;
  /** Those with something left, in the order in which they came. */
  const stuck = new Set<Sending>();

  function writeHead(streamId: number, size: number, isLast: boolean) {
    write(encodeFrameHead(frameType.data, isLast ? flag.endStream : 0, streamId, size));
  }
  function sendLeft(sending: Sending) {
    const { streamId, ends } = sending;
    while (sending.left.length > 0) {
      const size = Math.min(sending.left.length, frameSize, window, sending.window);
      if (size <= 0) {
        stuck.add(sending);
        return;
      }
      writeHead(streamId, size, ends && size === sending.left.length);
      write(sending.left.subarray(0, size));
      sending.left = sending.left.subarray(size);
      sending.window -= size;
      window -= size;
    }
    stuck.delete(sending);
  }
  function sendStuck() {
    for (const sending of stuck) sendLeft(sending);
  }

  return {
    send(streamId, { headers, body, ends }) {
      const size = body.reduce((sum, { length }) => sum + length, 0);
      const flags = flag.endHeaders | (ends && size === 0 ? flag.endStream : 0);
      write(encodeFrameHead(frameType.headers, flags, streamId, headers.length));
      write(headers);
      const sending = { streamId, ends, left: nothing, window: streamWindow };
      if (size > Math.min(frameSize, window, streamWindow)) {
        sending.left = Buffer.concat(body, size);
        sendLeft(sending);
      } else if (size > 0) {
        writeHead(streamId, size, ends);
        for (const piece of body) write(piece);
        sending.window -= size;
        window -= size;
      }
      return sending;
    },
    drop(sending) {
      stuck.delete(sending);
    },
    widen(increment, sending) {
      if (sending) {
        sending.window = widened(sending.window, increment);
        if (stuck.has(sending)) sendLeft(sending);
      } else {
        window = widened(window, increment);
        sendStuck();
      }
    },
    resizeWindows(size, known) {
      for (const sending of known) sending.window = widened(sending.window, size - streamWindow);
      streamWindow = size;
      sendStuck();
    },
    resizeFrames(size) {
      frameSize = size;
    },
  };
}

function widened(window: number, by: number): number {
  if (window + by > largestWindow)
    throw new ProtocolError('too wide a window', errorCode.flowControl);
  return window + by;
}
