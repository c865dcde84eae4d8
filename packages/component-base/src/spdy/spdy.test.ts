import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createConnection, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createDeflate, constants } from 'node:zlib';
import fc from 'fast-check';
import { createSpdyConnection } from '../spdy.ts';
import type { SpdyConnection, SpdyStream } from '../spdy.ts';
import { dictionary } from './dictionary.ts';
import { decodeFrames, encodeFrame } from './frames.ts';
import type { SpdyFrame } from './frames.ts';
import { createHeaderReader, createHeaderWriter } from './header-block.ts';

const readAll = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return Buffer.concat(read).toString('latin1');
};

describe('spdy header blocks', () => {
  it('are primed with the dictionary of the protocol', () => {
    assert.equal(dictionary.length, 1423);
    assert.equal(
      createHash('sha256').update(dictionary).digest('hex').slice(0, 16),
      '51d27341373f923f',
    );
  });

  it('come back as they were', async () => {
    const write = createHeaderWriter();
    const reader = createHeaderReader();
    for (const headers of [{ streamtype: 'stdin' }, {}, { port: '80', requestid: '0' }]) {
      assert.deepEqual(await reader.read(write(headers)), headers);
    }
    reader.close();
  });

  it('are read when a peer compresses them with the dictionary', async () => {
    const reader = createHeaderReader();
    const deflate = createDeflate({ dictionary, flush: constants.Z_SYNC_FLUSH });
    const compress = (plain: Buffer) =>
      new Promise<Buffer>((resolve) => {
        deflate.write(plain, () => resolve(deflate.read() as Buffer));
      });
    const pair = Buffer.from('\0\0\0\x01\0\0\0\x0aStreamtype\0\0\0\x05error');
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(await reader.read(await compress(pair)), { streamtype: 'error' });
    }
    reader.close();
  });

  it('are refused when they unfold to too much, or are no such thing', async () => {
    const bomb = createHeaderReader();
    const deflate = createDeflate({ dictionary });
    const compressed = new Promise<Buffer>((resolve) => {
      const parts: Buffer[] = [];
      deflate.on('data', (part: Buffer) => parts.push(part));
      deflate.on('end', () => resolve(Buffer.concat(parts)));
    });
    deflate.end(Buffer.alloc(4 * 1024 * 1024));
    await assert.rejects(bomb.read(await compressed), /too large/);
    for (const junk of ['junk', '\x78\x01\0\x04\0\xfb\xff\xff\xff\xff\xff\0\0\0\xff\xff']) {
      const reader = createHeaderReader();
      await assert.rejects(reader.read(Buffer.from(junk, 'latin1')));
      reader.close();
    }
  });
});

describe('spdy frames', () => {
  it('come back as they were, however their bytes are cut', async () => {
    const streamId = fc.integer({ min: 1, max: 0x7fffffff });
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
    const frame: fc.Arbitrary<Exclude<SpdyFrame, { type: 'other' }>> = fc.oneof(
      fc
        .tuple(streamId, fc.boolean(), bytes)
        .map(([id, fin, data]) => ({ type: 'data' as const, streamId: id, fin, data })),
      fc
        .tuple(fc.constantFrom('synStream', 'synReply', 'headers'), streamId, fc.boolean(), bytes)
        .map(([type, id, fin, block]) => ({ type, streamId: id, fin, block })),
      fc.nat(11).map((status) => ({ type: 'rstStream' as const, streamId: 5, status })),
      fc.nat().map((id) => ({ type: 'ping' as const, id })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frame), fc.integer({ min: 1, max: 50 }), async (frames, size) => {
        const all = Buffer.concat(frames.map(encodeFrame));
        const cut = async function* () {
          for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
        };
        const back: SpdyFrame[] = [];
        for await (const one of decodeFrames(cut())) back.push(one);
        assert.deepEqual(back, frames);
      }),
      { numRuns: 50 },
    );
  });

  it('are refused when they are of another protocol', async () => {
    const http = async function* () {
      yield Buffer.from([0x80, 0x02, 0, 1, 0, 0, 0, 0]);
    };
    await assert.rejects(async () => {
      for await (const frame of decodeFrames(http())) assert.ok(frame);
    }, /not a SPDY\/3 frame/);
  });
});

describe('spdy connection', () => {
  let server: Server;
  let sockets: Socket[];
  let client: SpdyConnection;
  let peer: SpdyConnection;

  beforeEach(async () => {
    sockets = [];
    const accepted = new Promise<SpdyConnection>((resolve) => {
      server = createServer((socket) => {
        sockets.push(socket);
        resolve(createSpdyConnection(socket, 'server'));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const socket = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    client = createSpdyConnection(socket, 'client');
    peer = await accepted;
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all([client.closed, peer.closed]);
    await new Promise((resolve) => server.close(resolve));
  });

  const nextStream = async (connection: SpdyConnection): Promise<SpdyStream> => {
    for await (const stream of connection.incoming) return stream;
    throw new Error('no stream came');
  };

  it('carries streams whose directions end for themselves', async () => {
    const [ours, theirs] = await Promise.all([
      client.open({ streamtype: 'stdin' }),
      nextStream(peer),
    ]);
    assert.deepEqual(theirs.headers, { streamtype: 'stdin' });
    await ours.write(Buffer.from('hello'));
    ours.end();
    assert.equal(await readAll(theirs.data), 'hello');
    await theirs.write(Buffer.from('bye'));
    theirs.end();
    assert.equal(await readAll(ours.data), 'bye');
  });

  it('moves more than any window would let through, at the pace of the reader', async () => {
    const [ours, theirs] = await Promise.all([client.open({}), nextStream(peer)]);
    const size = 8 * 1024 * 1024;
    const sending = ours.write(Buffer.alloc(size, 7)).then(() => ours.end());
    let got = 0;
    for await (const chunk of theirs.data) got += chunk.length;
    await sending;
    assert.equal(got, size);
  });

  it('ends a stream that was reset, and fails all when the connection is lost', async () => {
    const [ours, theirs] = await Promise.all([client.open({}), nextStream(peer)]);
    await theirs.write(Buffer.from('last words'));
    theirs.reset();
    assert.equal(await readAll(ours.data), 'last words');
    const other = await client.open({});
    sockets[0]?.destroy();
    await assert.rejects(readAll(other.data), /closed|lost/);
    await assert.rejects(client.open({}), /closed|lost/);
  });

  it('survives whatever bytes a peer sends', async () => {
    const lost = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(lost);
    lost.on('error', () => undefined);
    lost.write(Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 2, 0, 0]));
    await new Promise((resolve) => lost.once('close', resolve));
  });

  it('ends for both when one says goodbye', async () => {
    client.close();
    await Promise.all([peer.closed, client.closed]);
  });
});
