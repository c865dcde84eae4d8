import assert from 'node:assert/strict';
import {
  createFrameReader,
  decodeSettings,
  encodeFrame,
  encodeFrameHead,
  encodeReset,
  encodeSettings,
  encodeWindowUpdate,
  errorCode,
  flag,
  frameType,
  largestWindow,
  preface,
  setting,
} from './frames.ts';
import { encodeHeaders } from './hpack.ts';
import { createSession } from './session.ts';
import type { SessionOptions } from './session.ts';

const request = { headers: Buffer.from('headers'), body: [Buffer.from('body')], ends: true };
const nothing = Buffer.alloc(0);
const ok = encodeHeaders([[':status', '200']]);
const trailers = encodeHeaders([['grpc-status', '0']]);
const { endHeaders, endStream } = flag;

const ack = encodeFrame(frameType.settings, flag.ack, 0, nothing);
const headersOf = (streamId: number, block: Buffer, flags: number = endHeaders) =>
  encodeFrame(frameType.headers, flags, streamId, block);
const dataOf = (streamId: number, text: string, flags = 0) =>
  encodeFrame(frameType.data, flags, streamId, Buffer.from(text));
const answerOf = (streamId: number, text: string) => [
  headersOf(streamId, ok),
  dataOf(streamId, text),
  headersOf(streamId, trailers, endHeaders | endStream),
];
function goaway(last: number, code: number = errorCode.none) {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(last);
  payload.writeUInt32BE(code, 4);
  return encodeFrame(frameType.goaway, 0, 0, payload);
}

/** A session whose peer is played by the test. */
function start(options: Partial<SessionOptions> = {}) {
  const written: { type: number; flags: number; streamId: number; payload: Buffer }[] = [];
  let isReady = false;
  let isOver = false;
  const read = createFrameReader((frame) =>
    written.push({ ...frame, payload: Buffer.from(frame.payload) }),
  );
  let greeting = nothing;
  const session = createSession({
    write(bytes) {
      if (greeting.length < preface.length) greeting = Buffer.concat([greeting, bytes]);
      else read(Buffer.from(bytes));
    },
    onReady: () => (isReady = true),
    onOver: () => (isOver = true),
    ...options,
  });
  return {
    session,
    greeting: () => greeting,
    isReady: () => isReady,
    isOver: () => isOver,
    says: (...frames: readonly Buffer[]) => session.receive(Buffer.concat(frames)),
    /** What was written since the last time. */
    heard: () => written.splice(0),
    /** Makes a request and notes what comes of it. */
    ask(of = request) {
      const notes: string[] = [];
      const stop = session.request(of, {
        onHeaders: (headers) => notes.push([...headers].join()),
        onData: (piece) => notes.push(`data ${piece.toString()}`),
        onEnd: () => notes.push('end'),
        onBroken: (sent) => notes.push(sent ? 'broken' : 'not sent'),
      });
      return { notes, stop };
    },
  };
}

/** The same, agreed on `settings`. */
function agree(settings: readonly (readonly [number, number])[] = [], options = {}) {
  const peer = start(options);
  peer.says(encodeSettings(settings), ack);
  peer.heard();
  return peer;
}

const whole = [':status,200', 'data x', 'grpc-status,0', 'end'];
const typesOf = (frames: readonly { type: number; streamId: number }[]) =>
  frames.map(({ type, streamId }) => [type, streamId]);

describe("a client's HTTP/2 session", () => {
  it('takes requests once both sides have agreed', () => {
    const peer = start();
    assert.deepEqual(peer.greeting(), preface);
    const [settings, update] = peer.heard();
    assert.deepEqual(decodeSettings(settings!.payload).slice(0, 2), [
      [setting.headerTableSize, 0],
      [setting.enablePush, 0],
    ]);
    assert.equal(update!.type, frameType.windowUpdate);
    assert.deepEqual(peer.ask().notes, ['not sent']);
    peer.says(encodeSettings([]));
    assert.ok(!peer.session.isOpen());
    assert.deepEqual(
      peer.heard().map(({ type, flags }) => [type, flags]),
      [[frameType.settings, flag.ack]],
    );
    peer.says(ack);
    assert.ok(peer.isReady() && peer.session.isOpen());
  });

  it('brings answers, be they mixed, padded, or cut into continuations', () => {
    const peer = agree();
    const [one, two, three] = [peer.ask(), peer.ask(), peer.ask()];
    const padded = Buffer.concat([Buffer.from([2]), Buffer.from('x'), Buffer.alloc(2)]);
    const last = flag.endStream;
    peer.says(
      headersOf(3, ok),
      headersOf(1, ok.subarray(0, 4), 0),
      encodeFrame(frameType.continuation, 0, 1, ok.subarray(4, 6)),
      encodeFrame(frameType.continuation, endHeaders, 1, ok.subarray(6)),
      encodeFrame(frameType.data, flag.padded, 3, padded),
      dataOf(1, 'x'),
      headersOf(1, trailers.subarray(0, 3), last),
      encodeFrame(frameType.continuation, endHeaders, 1, trailers.subarray(3)),
      headersOf(3, trailers, endHeaders | last),
      headersOf(5, trailers, endHeaders | last),
    );
    assert.deepEqual([one.notes, two.notes], [whole, whole]);
    assert.deepEqual(three.notes, ['grpc-status,0', 'end']);
    assert.equal(peer.session.answers(), 3);
  });

  it('passes over what says nothing', () => {
    const peer = agree();
    const { notes } = peer.ask();
    peer.says(
      encodeFrame(0xbe, 0xff, 1, Buffer.from('?')),
      encodeFrame(2, 0, 1, Buffer.alloc(5)),
      headersOf(1, encodeHeaders([[':status', '100']])),
      ...answerOf(1, 'x'),
      // It is over by now.
      encodeReset(1, errorCode.none),
      encodeWindowUpdate(1, 10),
      dataOf(1, 'late'),
    );
    assert.deepEqual(notes, whole);
    assert.ok(peer.session.isOpen());
  });

  it('answers pings', () => {
    const peer = agree();
    peer.says(encodeFrame(frameType.ping, 0, 0, Buffer.from('12345678')));
    peer.says(encodeFrame(frameType.ping, flag.ack, 0, Buffer.from('12345678')));
    const [pong, ...rest] = peer.heard();
    assert.deepEqual(pong, {
      type: frameType.ping,
      flags: flag.ack,
      streamId: 0,
      payload: Buffer.from('12345678'),
    });
    assert.deepEqual(rest, []);
  });

  it('asks whether the peer is there', () => {
    const peer = agree();
    const pongs: string[] = [];
    for (const name of ['a', 'b']) peer.session.ping(() => pongs.push(name));
    const pings = peer.heard();
    assert.deepEqual(
      pings.map(({ type, flags, payload }) => [type, flags, payload.length]),
      Array.from({ length: 2 }, () => [frameType.ping, 0, 8]),
    );
    peer.says(encodeFrame(frameType.ping, flag.ack, 0, pings[0]!.payload));
    assert.deepEqual(pongs, ['a']);
    peer.says(encodeFrame(frameType.ping, flag.ack, 0, pings[1]!.payload));
    peer.says(encodeFrame(frameType.ping, flag.ack, 0, Buffer.alloc(8)));
    assert.deepEqual(pongs, ['a', 'b']);
  });

  it('gives room back before it is used up, on the stream and in all', () => {
    const peer = agree();
    const bodies = [peer.ask(), peer.ask(), peer.ask(), peer.ask()];
    const piece = 'x'.repeat(16_384);
    const updates = new Map<number, number>();
    for (let i = 0; i < bodies.length; i += 1) peer.says(headersOf(2 * i + 1, ok));
    peer.heard();
    for (let i = 0; i < 4_096; i += 1) {
      peer.says(dataOf(2 * (i % bodies.length) + 1, piece));
      for (const { type, streamId, payload } of peer.heard()) {
        assert.equal(type, frameType.windowUpdate);
        updates.set(streamId, (updates.get(streamId) ?? 0) + payload.readUInt32BE());
      }
    }
    assert.ok(peer.session.isOpen());
    assert.ok(updates.get(0)! > 48 * 2 ** 20);
    for (let i = 0; i < bodies.length; i += 1) assert.ok(updates.get(2 * i + 1)! > 12 * 2 ** 20);
  });

  it('holds back what the peer does not take yet, and what was stopped until then was not sent', () => {
    const peer = agree([[setting.maxConcurrentStreams, 2]]);
    const asked = Array.from({ length: 6 }, () => peer.ask());
    const opened = () => typesOf(peer.heard()).filter(([type]) => type === frameType.headers);
    assert.equal(opened().length, 2);
    assert.equal(asked[2]!.stop(), false);
    peer.says(...answerOf(1, 'x'));
    assert.deepEqual(opened(), [[frameType.headers, 5]]);
    assert.equal(asked[3]!.stop(), true);
    assert.deepEqual(opened(), [[frameType.headers, 7]]);
    peer.says(encodeSettings([[setting.maxConcurrentStreams, 100]]));
    assert.deepEqual(opened(), [[frameType.headers, 9]]);
    peer.says(
      ...answerOf(3, 'x'),
      ...answerOf(5, 'late'),
      ...answerOf(7, 'x'),
      ...answerOf(9, 'x'),
    );
    assert.deepEqual(
      asked.map(({ notes }) => notes),
      [whole, whole, [], [], whole, whole],
    );
  });

  it('tells the peer to leave what is not wanted any more', () => {
    const peer = agree();
    const stopped = peer.ask();
    peer.heard();
    assert.equal(stopped.stop(), true);
    assert.equal(stopped.stop(), true);
    const frames = peer.heard();
    assert.deepEqual(typesOf(frames), [[frameType.rstStream, 1]]);
    assert.equal(frames[0]!.payload.readUInt32BE(), errorCode.cancel);
    const early = peer.ask({ ...request, body: [Buffer.alloc(100_000)] });
    peer.heard();
    peer.says(headersOf(3, trailers, endHeaders | endStream));
    assert.deepEqual(typesOf(peer.heard()), [[frameType.rstStream, 3]]);
    assert.deepEqual(early.notes, ['grpc-status,0', 'end']);
  });

  it('says nothing more to whoever stops in the middle', () => {
    const peer = agree();
    const notes: string[] = [];
    const handlers = {
      onHeaders: () => notes.push('headers'),
      onData: () => stop(),
      onEnd: () => notes.push('end'),
      onBroken: () => notes.push('broken'),
    };
    const stop = peer.session.request(request, handlers);
    peer.heard();
    peer.says(headersOf(1, ok), dataOf(1, 'x', endStream));
    assert.deepEqual(notes, ['headers']);
    assert.deepEqual(typesOf(peer.heard()), [[frameType.rstStream, 1]]);
  });

  it('knows what was not sent when a stream is reset', () => {
    const peer = agree();
    const [refused, broken] = [peer.ask(), peer.ask()];
    peer.says(encodeReset(1, errorCode.refusedStream), encodeReset(3, errorCode.cancel));
    assert.deepEqual([refused.notes, broken.notes], [['not sent'], ['broken']]);
    assert.ok(peer.session.isOpen());
  });

  it('knows what was not sent when the peer goes away, and lets the rest end well', () => {
    const peer = agree([[setting.maxConcurrentStreams, 3]]);
    const asked = Array.from({ length: 5 }, () => peer.ask());
    peer.says(goaway(largestWindow));
    assert.deepEqual(
      asked.map(({ notes }) => notes),
      [[], [], [], ['not sent'], ['not sent']],
    );
    assert.ok(!peer.session.isOpen() && !peer.isOver());
    peer.says(...answerOf(1, 'x'), goaway(3));
    assert.deepEqual(
      [asked[0]!.notes, asked[1]!.notes, asked[2]!.notes],
      [whole, [], ['not sent']],
    );
    assert.ok(!peer.isOver());
    peer.says(...answerOf(3, 'x'));
    assert.deepEqual(asked[1]!.notes, whole);
    assert.ok(peer.isOver());
    assert.deepEqual(peer.ask().notes, ['not sent']);
  });

  it('is over at once when the peer goes away while nothing is under way', () => {
    const peer = agree();
    peer.says(goaway(0));
    assert.ok(peer.isOver());
  });

  it('ends when it has no more numbers for streams', () => {
    const peer = agree([[setting.maxConcurrentStreams, 1]], { firstStreamId: largestWindow - 2 });
    const asked = [peer.ask(), peer.ask(), peer.ask()];
    peer.says(...answerOf(largestWindow - 2, 'x'));
    assert.ok(!peer.session.isOpen() && !peer.isOver());
    assert.deepEqual(asked[2]!.notes, ['not sent']);
    peer.says(...answerOf(largestWindow, 'x'));
    assert.deepEqual([asked[0]!.notes, asked[1]!.notes], [whole, whole]);
    assert.ok(peer.isOver());
  });

  it('breaks everything off when the connection is gone', () => {
    const peer = agree([[setting.maxConcurrentStreams, 1]]);
    const asked = [peer.ask(), peer.ask()];
    peer.session.end(new Error('gone'));
    peer.session.end(new Error('again'));
    assert.deepEqual(
      asked.map(({ notes }) => notes),
      [['broken'], ['not sent']],
    );
    assert.ok(peer.isOver() && !peer.session.isOpen());
    peer.says(...answerOf(1, 'x'));
    assert.deepEqual(asked[0]!.notes, ['broken']);
  });

  describe('ends at', () => {
    const { protocol, flowControl, frameSize, compression, enhanceYourCalm } = errorCode;
    const frame = encodeFrame;
    const four = Buffer.alloc(4);
    const flood = Array.from({ length: 200 }, () => frame(9, 0, 1, Buffer.alloc(1_024, 0x82)));
    for (const [what, code, frames] of [
      ['a frame that is too large', frameSize, [encodeFrameHead(0, 0, 1, 16_385)]],
      ['a body without headers', protocol, [dataOf(1, 'x')]],
      ['headers in the middle of a body', protocol, [headersOf(1, ok), headersOf(1, ok)]],
      ['headers that are no headers', compression, [headersOf(1, Buffer.from([0x80]))]],
      ['headers that use a table', compression, [headersOf(1, Buffer.from([0xbe]))]],
      ['headers that are not continued', protocol, [headersOf(1, ok, 0), dataOf(1, 'x')]],
      ['headers continued elsewhere', protocol, [headersOf(1, ok, 0), frame(9, 0, 3, four)]],
      ['headers without an end', enhanceYourCalm, [headersOf(1, ok, 0), ...flood]],
      ['a continuation of nothing', protocol, [frame(9, endHeaders, 1, ok)]],
      ['a stream that nobody opened', protocol, [headersOf(5, ok)]],
      ['a stream of the server', protocol, [headersOf(2, ok)]],
      ['a body of the connection', protocol, [dataOf(0, 'x')]],
      ['a reset of what nobody opened', protocol, [encodeReset(7, 8)]],
      ['a reset of odd size', frameSize, [frame(3, 0, 1, Buffer.alloc(5))]],
      ['a ping of odd size', frameSize, [frame(6, 0, 0, four)]],
      ['a ping on a stream', protocol, [frame(6, 0, 1, Buffer.alloc(8))]],
      ['settings of odd size', frameSize, [frame(4, 0, 0, four)]],
      ['settings of a stream', protocol, [frame(4, 0, 1, nothing)]],
      ['settings that are heard and said', frameSize, [frame(4, flag.ack, 0, Buffer.alloc(6))]],
      ['too small a size of frames', protocol, [encodeSettings([[setting.maxFrameSize, 100]])]],
      ['too large a size of frames', protocol, [encodeSettings([[setting.maxFrameSize, 2 ** 24]])]],
      [
        'a window without bounds',
        flowControl,
        [encodeSettings([[setting.initialWindowSize, 2 ** 31]])],
      ],
      ['a window that opens by nothing', protocol, [encodeWindowUpdate(1, 0)]],
      ['a window that opens too wide', flowControl, [encodeWindowUpdate(0, largestWindow)]],
      ['a stream that opens too wide', flowControl, [encodeWindowUpdate(1, largestWindow)]],
      ['a window of odd size', frameSize, [frame(8, 0, 1, Buffer.alloc(3))]],
      ['a push', protocol, [frame(5, endHeaders, 1, Buffer.alloc(8))]],
      ['a short farewell', frameSize, [frame(7, 0, 0, four)]],
      ['a farewell on a stream', protocol, [frame(7, 0, 1, Buffer.alloc(8))]],
      [
        'more padding than frame',
        protocol,
        [headersOf(1, ok), frame(0, flag.padded, 1, four.fill(9))],
      ],
    ] as const)
      it(what, () => {
        const peer = agree();
        const asked = [peer.ask(), peer.ask()];
        peer.heard();
        peer.says(...frames, ...answerOf(3, 'x'));
        assert.deepEqual(
          asked.map(({ notes }) => notes.at(-1)),
          ['broken', 'broken'],
        );
        const last = peer.heard().at(-1)!;
        assert.equal(last.type, frameType.goaway);
        assert.equal(last.payload.readUInt32BE(4), code);
        assert.ok(peer.isOver() && !peer.session.isOpen());
      });

    it('anything before settings', () => {
      for (const first of [ack, ...answerOf(1, 'x'), Buffer.from('HTTP/1.1 400 Bad Request\r\n')]) {
        const peer = start();
        peer.says(first);
        assert.ok(peer.isOver() && !peer.isReady());
      }
    });
  });
});
