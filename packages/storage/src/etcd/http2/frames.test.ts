import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  contentOf,
  createFrameReader,
  decodeSettings,
  defaultFrameSize,
  encodeFrame,
  encodeFrameHead,
  encodeSettings,
  errorCode,
  flag,
  frameType,
  largestWindow,
  ProtocolError,
} from './frames.ts';
import type { Frame } from './frames.ts';

const copyOf = ({ payload, ...rest }: Frame) => ({ ...rest, payload: payload.toString('hex') });

/** The frames in pieces that are overwritten once they were read, as the buffer of a socket is. */
function readAll(pieces: readonly Uint8Array[]) {
  const frames: ReturnType<typeof copyOf>[] = [];
  const read = createFrameReader((frame) => frames.push(copyOf(frame)));
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    read(bytes);
    bytes.fill(0xff);
  }
  return frames;
}

describe('frames', () => {
  const frame = fc.record({
    type: fc.nat(0xff),
    flags: fc.nat(0xff),
    streamId: fc.nat(largestWindow),
    payload: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  });

  it('are the same however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.integer({ min: 1, max: 60 })), (frames, cuts) => {
        const bytes = Buffer.concat(
          frames.map(({ type, flags, streamId, payload }) =>
            encodeFrame(type, flags, streamId, payload),
          ),
        );
        const pieces: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) pieces.push(bytes.subarray(at, (at += cut)));
        assert.deepEqual(readAll([...pieces, bytes.subarray(at)]), frames.map(copyOf));
      }),
    );
  });

  it('are refused before their payload comes when they are too large', () => {
    const head = (length: number) => encodeFrameHead(frameType.data, 0, 1, length);
    assert.deepEqual(readAll([head(defaultFrameSize)]), []);
    assert.throws(
      () => readAll([head(defaultFrameSize + 1)]),
      (err: unknown) => err instanceof ProtocolError && err.code === errorCode.frameSize,
    );
  });

  it('hold their content between padding, and after a priority', () => {
    const payload = (hex: string) => Buffer.from(hex, 'hex');
    const content = (type: number, flags: number, hex: string) =>
      contentOf({ type, flags, streamId: 1, payload: payload(hex) }).toString('hex');
    const { data, headers } = frameType;
    assert.equal(content(data, 0, '02aabb'), '02aabb');
    assert.equal(content(data, flag.padded, '02aabb0000'), 'aabb');
    assert.equal(content(data, flag.padded, '020000'), '');
    assert.equal(content(headers, flag.priority, '0000000010aa'), 'aa');
    assert.equal(content(headers, flag.priority | flag.padded, '010000000010aa00'), 'aa');
    for (const [type, flags, hex] of [
      [data, flag.padded, ''],
      [data, flag.padded, '0200'],
      [headers, flag.priority, '00000000'],
      [headers, flag.priority | flag.padded, '02000000001000'],
    ] as const)
      assert.throws(() => content(type, flags, hex), ProtocolError);
  });

  it('bring settings as they were sent', () => {
    const settings = fc.array(fc.tuple(fc.nat(0xffff), fc.nat(2 ** 32 - 1)));
    fc.assert(
      fc.property(settings, (sent) => {
        assert.deepEqual(decodeSettings(encodeSettings(sent).subarray(9)), sent);
      }),
    );
    assert.throws(() => decodeSettings(Buffer.alloc(5)), ProtocolError);
  });
});
