import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  createFrameReader,
  defaultWindow,
  flag,
  frameType,
  largestWindow,
  ProtocolError,
} from './frames.ts';
import { createSender } from './sender.ts';
import type { Sending } from './sender.ts';

/** A peer that writes down what it gets, and complains about more than it has room for. */
function createPeer(streamWindow: number, frameSize: number) {
  const bodies = new Map<number, string>();
  const ended = new Set<number>();
  const windows = new Map<number, number>();
  let window = defaultWindow;
  const read = createFrameReader(({ type, flags, streamId, payload }) => {
    assert.ok(!ended.has(streamId));
    if ((flags & flag.endStream) > 0) ended.add(streamId);
    if (type === frameType.headers) {
      windows.set(streamId, streamWindow);
      bodies.set(streamId, '');
      return;
    }
    window -= payload.length;
    windows.set(streamId, windows.get(streamId)! - payload.length);
    bodies.set(streamId, bodies.get(streamId)! + payload.toString('latin1'));
    assert.ok(payload.length > 0 && payload.length <= frameSize);
    assert.ok(window >= 0 && windows.get(streamId)! >= 0);
  });
  return {
    read: (bytes: Uint8Array) => read(Buffer.from(bytes)),
    bodies,
    ended,
    room: () => window,
    roomOn: (streamId: number) => windows.get(streamId)!,
    widen(by: number, streamId?: number) {
      if (streamId === undefined) window += by;
      else windows.set(streamId, windows.get(streamId)! + by);
    },
  };
}

const headers = Buffer.from('headers');
const bodyOf = (size: number, seed: number) => Buffer.alloc(size, 'abcdefghijk'.slice(seed % 7));

describe('a sender', () => {
  it('sends each body whole and in order, and never more than the peer has room for', () => {
    const size = fc.integer({ min: 0, max: 60_000 });
    const steps = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 30_000 })));
    fc.assert(
      fc.property(
        fc.array(size, { minLength: 1, maxLength: 4 }),
        steps,
        size,
        (sizes, opens, first) => {
          const peer = createPeer(first, 16_384);
          const sender = createSender(peer.read);
          sender.resizeWindows(first, []);
          const sendings = sizes.map((bytes, i) => {
            const body = bodyOf(bytes, i);
            const pieces = [body.subarray(0, 5), body.subarray(5)].filter(
              ({ length }) => length > 0,
            );
            return sender.send(2 * i + 1, { headers, body: pieces, ends: true });
          });
          const widen = (by: number, sending?: Sending) => {
            peer.widen(by, sending?.streamId);
            sender.widen(by, sending);
          };
          for (const [which, by] of opens) widen(by, sendings[which]);
          const hasAll = () => peer.ended.size === sizes.length;
          const hasNoRoom = ({ streamId, left }: Sending) =>
            left.length === 0 || Math.min(peer.room(), peer.roomOn(streamId)) <= 0;
          assert.ok(hasAll() || sendings.every(hasNoRoom), 'it waits though there is room');
          widen(1_000_000);
          for (const sending of sendings) widen(1_000_000, sending);
          assert.ok(hasAll());
          sizes.forEach((bytes, i) =>
            assert.equal(peer.bodies.get(2 * i + 1), bodyOf(bytes, i).toString('latin1')),
          );
        },
      ),
    );
  });

  it('waits until a window that has shrunk below nothing is open again', () => {
    const peer = createPeer(1_000, 16_384);
    const sender = createSender(peer.read);
    sender.resizeWindows(1_000, []);
    const sending = sender.send(1, { headers, body: [bodyOf(1_500, 0)], ends: true });
    assert.equal(peer.bodies.get(1)!.length, 1_000);
    sender.resizeWindows(400, [sending]);
    sender.widen(600, sending);
    assert.equal(peer.bodies.get(1)!.length, 1_000);
    peer.widen(500, 1);
    sender.widen(500, sending);
    assert.equal(peer.bodies.get(1)!.length, 1_500);
    assert.ok(peer.ended.has(1));
  });

  it('leaves a request open that has not ended', () => {
    const peer = createPeer(defaultWindow, 16_384);
    const sender = createSender(peer.read);
    sender.send(1, { headers, body: [bodyOf(10, 0)], ends: false });
    sender.send(3, { headers, body: [], ends: false });
    sender.send(5, { headers, body: [], ends: true });
    assert.equal(peer.bodies.get(1)!.length, 10);
    assert.deepEqual([...peer.ended], [5]);
  });

  it('sends no more of what was dropped', () => {
    const peer = createPeer(10, 16_384);
    const sender = createSender(peer.read);
    sender.resizeWindows(10, []);
    const sending = sender.send(1, { headers, body: [bodyOf(20, 0)], ends: true });
    sender.drop(sending);
    sender.widen(100, sending);
    sender.resizeWindows(1_000, [sending]);
    assert.equal(peer.bodies.get(1)!.length, 10);
  });

  it('takes larger frames when the peer does, and no window that is too wide', () => {
    const sizes: number[] = [];
    const read = createFrameReader(({ payload }) => sizes.push(payload.length));
    const sender = createSender((bytes) => read(Buffer.from(bytes)));
    sender.resizeFrames(16_384);
    sender.send(1, { headers, body: [bodyOf(40_000, 0)], ends: true });
    assert.deepEqual(sizes, [7, 16_384, 16_384, 7_232]);
    assert.throws(() => sender.widen(largestWindow), ProtocolError);
  });
});
