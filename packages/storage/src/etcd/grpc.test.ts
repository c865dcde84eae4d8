import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createMessageReader, encodeMessageHead, onlyMessage, statusOf } from './grpc.ts';
import { decodeHeaders } from './http2/hpack.ts';
import { encodeCallHeaders } from './grpc.ts';

const framed = (message: Uint8Array) => Buffer.concat([encodeMessageHead(message.length), message]);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const message = fc.uint8Array({ maxLength: 40 });

describe('gRPC on HTTP/2', () => {
  it('gives the same messages however a body is cut', () => {
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.integer({ min: 1, max: 60 })), (sent, cuts) => {
        const body = Buffer.concat(sent.map(framed));
        const got: string[] = [];
        const read = createMessageReader((each) => got.push(hex(each)));
        let at = 0;
        for (const cut of [...cuts, body.length]) {
          // What was read is overwritten, as the buffer of a socket is.
          const piece = Buffer.from(body.subarray(at, (at += cut)));
          read(piece);
          piece.fill(0xff);
        }
        assert.deepEqual(got, sent.map(hex));
      }),
    );
  });

  it('knows a body of one message', () => {
    fc.assert(
      fc.property(message, message, (one, other) => {
        assert.equal(hex(onlyMessage(framed(one))!), hex(one));
        assert.equal(onlyMessage(framed(one).subarray(1)), undefined);
        assert.equal(onlyMessage(Buffer.concat([framed(one), framed(other)])), undefined);
      }),
    );
  });

  it('reads nothing that is compressed', () => {
    const compressed = Buffer.concat([Buffer.from([1]), framed(Buffer.from('x')).subarray(1)]);
    assert.throws(() => createMessageReader(() => undefined)(compressed), Error);
    assert.equal(onlyMessage(compressed), undefined);
  });

  it('says whom a call is for', () => {
    const headers = decodeHeaders(encodeCallHeaders('https://[::1]:2379', '/a/B'));
    assert.deepEqual(Object.fromEntries(headers), {
      ':method': 'POST',
      ':scheme': 'https',
      ':path': '/a/B',
      ':authority': '[::1]:2379',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
  });

  it('reads how a call went', () => {
    const status = (entries: Record<string, string>) => statusOf(new Map(Object.entries(entries)));
    assert.equal(statusOf(undefined), undefined);
    assert.equal(status({ ':status': '200' }), undefined);
    assert.deepEqual(status({ 'grpc-status': '0' }), { code: 0, message: '' });
    const late = { 'grpc-status': '5', 'grpc-message': '%E2%82%AC gone' };
    assert.deepEqual(status(late), { code: 5, message: '€ gone' });
    const odd = { 'grpc-status': '5', 'grpc-message': '100%' };
    assert.deepEqual(status(odd), { code: 5, message: '100%' });
  });
});
