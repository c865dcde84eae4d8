import {
  contentOf,
  createFrameReader,
  decodeSettings,
  defaultFrameSize,
  defaultWindow,
  encodeFrame,
  encodeGoaway,
  encodeReset,
  encodeSettings,
  encodeWindowUpdate,
  errorCode,
  flag,
  frameType,
  largestFrameSize,
  largestWindow,
  preface,
  ProtocolError,
  setting,
} from './frames.ts';
import type { Frame } from './frames.ts';
import { createHeaderReader } from './hpack.ts';
import type { Headers } from './hpack.ts';
import { createSender } from './sender.ts';
import type { Request, Sending } from './sender.ts';

/** What a stream brings, in this order. After `onEnd` or `onBroken` comes nothing more. */
interface StreamHandlers {
  /** The answer's headers, and later its trailers if it has some. */
  readonly onHeaders: (headers: Headers) => void;
  /** A piece of the answer's body, to be copied by whoever keeps it. */
  readonly onData: (piece: Buffer) => void;
  /** The answer is whole. */
  readonly onEnd: () => void;
  /** There will be no answer. `sent` tells whether the request may have been acted on. */
  readonly onBroken: (sent: boolean, cause: Error) => void;
}

/** A client's side of one HTTP/2 connection (RFC 9113), apart from the socket. */
export interface Session {
  /** Whether it takes requests: not before `onReady`, nor once either side has said so. */
  isOpen(): boolean;
  /** How many answers have begun to come. */
  answers(): number;
  /**
   * Sends a request, as soon as the peer takes one more. Gives back what ends it early, and tells whether it may have
   * been acted on; no handler is called from then on.
   */
  request(request: Request, handlers: StreamHandlers): () => boolean;
  /** Asks whether the peer is there. */
  ping(onPong: () => void): void;
  /** Takes what came from the peer. */
  receive(piece: Buffer): void;
  /** Breaks all requests off: the connection is gone. */
  end(cause: Error): void;
}

export interface SessionOptions {
  /** Sends bytes, which may be changed as soon as this returns. */
  readonly write: (bytes: Uint8Array) => void;
  /** Requests are taken from now on. */
  readonly onReady: () => void;
  /** The connection is of no use any more; what was written should still go out. */
  readonly onOver: (cause: Error) => void;
  /** The number of the first stream: 1 unless said otherwise, and more only to see what happens when they run out. */
  readonly firstStreamId?: number;
}

interface Stream {
  readonly handlers: StreamHandlers;
  readonly sending: Sending;
  hasAnswer: boolean;
  /** Bytes that came and that the peer has not been told to be free again. */
  taken: number;
}

/** A request for which the peer has no place yet. */
interface Waiting {
  readonly request: Request;
  readonly handlers: StreamHandlers;
  stream?: Stream;
}

/** Headers of which more is to come. */
interface Unfinished {
  readonly streamId: number;
  readonly isLast: boolean;
  block: Buffer;
}

/** What may arrive unread on one stream, and on all together: values of etcd are larger than HTTP/2's 64 KiB. */
const streamWindow = 4 * 1024 * 1024;
const sessionWindow = 16 * 1024 * 1024;

/** Many times what a server says of one answer. */
const mostHeaderBytes = 128 * 1024;

export function createSession(options: SessionOptions): Session {
  const { write, onReady, onOver, firstStreamId = 1 } = options;
  const sender = createSender(write);
  const readHeaders = createHeaderReader();
  const streams = new Map<number, Stream>();
  const waiting = new Set<Waiting>();
  const pings: (() => void)[] = [];
  let nextId = firstStreamId;
  let mostStreams = Infinity;
  let answers = 0;
  let taken = 0;
  let unfinished: Unfinished | undefined;
  let hasSettings = false;
  /** Whether the peer has seen our settings: from then on it uses no table for headers. */
  let isAgreed = false;
  /** Why no more requests are taken. */
  let retiredBy: Error | undefined;
  let isOver = false;

  const isOpen = () => isAgreed && !retiredBy;

  function start(request: Request, handlers: StreamHandlers): Stream {
    const sending = sender.send(nextId, request);
    const stream = { handlers, sending, hasAnswer: false, taken: 0 };
    streams.set(nextId, stream);
    nextId += 2;
    if (nextId > largestWindow) retire(new Error('the connection has no more streams'));
    return stream;
  }
  function startWaiting() {
    for (const one of waiting) {
      if (streams.size >= mostStreams || retiredBy) return;
      waiting.delete(one);
      one.stream = start(one.request, one.handlers);
    }
  }
  function close({ sending }: Stream) {
    sender.drop(sending);
    streams.delete(sending.streamId);
    startWaiting();
    finishIfDone();
  }
  /** Takes no more requests; those that the peer has got may still end well. */
  function retire(cause: Error) {
    retiredBy ??= cause;
    const unsent = [...waiting];
    waiting.clear();
    for (const { handlers } of unsent) handlers.onBroken(false, cause);
  }
  function finishIfDone() {
    if (!retiredBy || isOver || streams.size > 0) return;
    isOver = true;
    onOver(retiredBy);
  }
  function end(cause: Error) {
    retire(cause);
    const sent = [...streams.values()];
    streams.clear();
    finishIfDone();
    for (const { handlers } of sent) handlers.onBroken(true, cause);
  }

  /** Undefined for a stream that is over. */
  function streamOf(id: number): Stream | undefined {
    if (id % 2 === 0 || id >= nextId) throw new ProtocolError(`stream ${id} was never opened`);
    return streams.get(id);
  }
  /** Whether it goes on: a handler may have stopped it. */
  const isLive = (stream: Stream) => streams.get(stream.sending.streamId) === stream;
  function complete(stream: Stream) {
    const { streamId, ends, left } = stream.sending;
    if (!isLive(stream)) return;
    // The server has said all, and needs nothing more of what it was asked.
    if (!ends || left.length > 0) write(encodeReset(streamId, errorCode.cancel));
    close(stream);
    stream.handlers.onEnd();
  }
  function takeHeaders(streamId: number, isLast: boolean, block: Buffer) {
    const stream = streamOf(streamId);
    const headers = read(block);
    if (!stream || headers.get(':status')?.startsWith('1')) return;
    if (stream.hasAnswer && !isLast) throw new ProtocolError('headers in the middle of a body');
    if (!stream.hasAnswer) answers += 1;
    stream.hasAnswer = true;
    stream.handlers.onHeaders(headers);
    if (isLast) complete(stream);
  }
  function read(block: Buffer): Headers {
    try {
      return readHeaders(block);
    } catch (cause) {
      throw new ProtocolError('headers that cannot be read', errorCode.compression, { cause });
    }
  }
  function applySetting(id: number, value: number) {
    if (id === setting.maxConcurrentStreams) mostStreams = value;
    if (id === setting.initialWindowSize) {
      if (value > largestWindow)
        throw new ProtocolError('too wide a window', errorCode.flowControl);
      sender.resizeWindows(
        value,
        [...streams.values()].map(({ sending }) => sending),
      );
    }
    if (id === setting.maxFrameSize) {
      if (value < defaultFrameSize || value > largestFrameSize)
        throw new ProtocolError('frames of a size that may not be');
      sender.resizeFrames(value);
    }
  }

  const receivers: Readonly<Record<number, (frame: Frame) => void>> = {
    [frameType.data](frame) {
      const stream = streamOf(frame.streamId);
      const size = frame.payload.length;
      taken += size;
      if (taken > sessionWindow / 2) {
        write(encodeWindowUpdate(0, taken));
        taken = 0;
      }
      if (!stream) return;
      if (!stream.hasAnswer) throw new ProtocolError('a body without headers');
      stream.taken += size;
      stream.handlers.onData(contentOf(frame));
      if ((frame.flags & flag.endStream) > 0) complete(stream);
      else if (stream.taken > streamWindow / 2 && isLive(stream)) {
        write(encodeWindowUpdate(frame.streamId, stream.taken));
        stream.taken = 0;
      }
    },
    [frameType.headers](frame) {
      const { streamId, flags } = frame;
      const isLast = (flags & flag.endStream) > 0;
      const block = contentOf(frame);
      if ((flags & flag.endHeaders) > 0) takeHeaders(streamId, isLast, block);
      else unfinished = { streamId, isLast, block: Buffer.from(block) };
    },
    [frameType.continuation]({ streamId, flags, payload }) {
      if (unfinished?.streamId !== streamId)
        throw new ProtocolError('a continuation of other headers');
      const { isLast } = unfinished;
      const block = Buffer.concat([unfinished.block, payload]);
      unfinished.block = block;
      if (block.length > mostHeaderBytes)
        throw new ProtocolError('headers without an end', errorCode.enhanceYourCalm);
      if ((flags & flag.endHeaders) === 0) return;
      unfinished = undefined;
      takeHeaders(streamId, isLast, block);
    },
    [frameType.rstStream]({ streamId, payload }) {
      mustHave(payload, 4);
      const stream = streamOf(streamId);
      if (!stream) return;
      const code = payload.readUInt32BE();
      close(stream);
      const cause = new Error(`the server reset the stream with code ${code}`);
      stream.handlers.onBroken(code !== errorCode.refusedStream, cause);
    },
    [frameType.settings]({ streamId, flags, payload }) {
      mustBeOfAll(streamId);
      if ((flags & flag.ack) > 0) {
        mustHave(payload, 0);
        if (isAgreed) return;
        isAgreed = true;
        return onReady();
      }
      for (const [id, value] of decodeSettings(payload)) applySetting(id, value);
      write(encodeFrame(frameType.settings, flag.ack, 0, nothing));
      startWaiting();
    },
    [frameType.pushPromise]() {
      throw new ProtocolError('a push, though none is wanted');
    },
    [frameType.ping]({ streamId, flags, payload }) {
      mustBeOfAll(streamId);
      mustHave(payload, 8);
      if ((flags & flag.ack) > 0) pings.shift()?.();
      else write(encodeFrame(frameType.ping, flag.ack, 0, payload));
    },
    [frameType.goaway]({ streamId, payload }) {
      mustBeOfAll(streamId);
      if (payload.length < 8) throw new ProtocolError('a frame of odd size', errorCode.frameSize);
      const last = payload.readUInt32BE() & largestWindow;
      const cause = new Error(`the server goes away with code ${payload.readUInt32BE(4)}`);
      retire(cause);
      // The server says that it has not looked at these, nor will.
      const unseen = [...streams.values()].filter(({ sending }) => sending.streamId > last);
      for (const stream of unseen) close(stream);
      for (const { handlers } of unseen) handlers.onBroken(false, cause);
      finishIfDone();
    },
    [frameType.windowUpdate]({ streamId, payload }) {
      mustHave(payload, 4);
      const increment = payload.readUInt32BE() & largestWindow;
      if (increment === 0) throw new ProtocolError('a window that opens by nothing');
      if (streamId === 0) return sender.widen(increment);
      const stream = streamOf(streamId);
      if (stream) sender.widen(increment, stream.sending);
    },
  };

  const readFrames = createFrameReader((frame) => {
    if (isOver) return;
    if (!hasSettings && (frame.type !== frameType.settings || (frame.flags & flag.ack) > 0))
      throw new ProtocolError('the server does not begin with its settings');
    hasSettings = true;
    if (unfinished && frame.type !== frameType.continuation)
      throw new ProtocolError('headers that are not continued');
    // Frames of other types mean nothing to us, and may come.
    receivers[frame.type]?.(frame);
  });

  write(preface);
  write(
    encodeSettings([
      [setting.headerTableSize, 0],
      [setting.enablePush, 0],
      [setting.initialWindowSize, streamWindow],
    ]),
  );
  write(encodeWindowUpdate(0, sessionWindow - defaultWindow));

  return {
    isOpen,
    answers: () => answers,
    request(request, handlers) {
      if (!isOpen()) {
        handlers.onBroken(false, retiredBy ?? new Error('the connection is not ready'));
        return () => false;
      }
      const stop = (stream: Stream) => {
        if (!isLive(stream)) return;
        write(encodeReset(stream.sending.streamId, errorCode.cancel));
        close(stream);
      };
      if (streams.size < mostStreams) {
        const stream = start(request, handlers);
        return () => {
          stop(stream);
          return true;
        };
      }
      const place: Waiting = { request, handlers };
      waiting.add(place);
      return () => {
        waiting.delete(place);
        if (place.stream) stop(place.stream);
        return place.stream !== undefined;
      };
    },
    ping(onPong) {
      pings.push(onPong);
      write(encodeFrame(frameType.ping, 0, 0, pingPayload));
    },
    receive(piece) {
      try {
        readFrames(piece);
      } catch (err) {
        if (!(err instanceof ProtocolError)) throw err;
        write(encodeGoaway(err.code));
        end(err);
      }
    },
    end,
  };
}

const nothing = new Uint8Array();
const pingPayload = new Uint8Array(8);

function mustHave(payload: Buffer, length: number) {
  if (payload.length !== length)
    throw new ProtocolError('a frame of odd size', errorCode.frameSize);
}

function mustBeOfAll(streamId: number) {
  if (streamId !== 0) throw new ProtocolError('a frame of the connection on a stream');
}
