import { Buffer } from 'node:buffer';
import { createInflate } from 'node:zlib';
import { dictionary } from './dictionary.ts';

/** Names are lower case. */
export type SpdyHeaders = Readonly<Record<string, string>>;

/** Blocks that unfold to more are refused. */
const maxBytes = 256 * 1024;

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Encodes the header blocks of one connection, each as the next piece of the same zlib stream. */
export function createHeaderWriter(): (headers: SpdyHeaders) => Buffer {
  let first = true;
  return (headers) => {
    const pairs = Object.entries(headers);
    const plain = Buffer.concat([
      uint32(pairs.length),
      ...pairs.flat().flatMap((text) => [uint32(Buffer.byteLength(text)), Buffer.from(text)]),
    ]);
    const start = first ? zlibStart : [];
    first = false;
    return Buffer.concat([Buffer.from(start), ...storedBlocks(plain), emptyBlock]);
  };
}

/** A zlib header without a preset dictionary: stored blocks need none. */
const zlibStart = [0x78, 0x01];
/** Readers hand on what they have when they meet one. */
const emptyBlock = Buffer.from([0, 0, 0, 0xff, 0xff]);
const maxBlock = 0xffff;

/** Deflate's blocks for bytes that are not compressed. Headers are few and small here. */
function* storedBlocks(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += maxBlock) {
    const part = bytes.subarray(at, at + maxBlock);
    const head = Buffer.alloc(5);
    head.writeUInt16LE(part.length, 1);
    head.writeUInt16LE(part.length ^ 0xffff, 3);
    yield head;
    yield part;
  }
}

export interface HeaderReader {
  /** Blocks have to be read in the order in which they came. Rejects when one is malformed or too large. */
  read(block: Uint8Array): Promise<SpdyHeaders>;
  close(): void;
}

/** Decodes the header blocks of one connection. */
export function createHeaderReader(): HeaderReader {
  // A block has to come out as a whole.
  const options = { dictionary, highWaterMark: 2 * maxBytes };
  const inflate = createInflate(options);
  let fail = (_err: Error): void => undefined;
  inflate.on('error', (err) => fail(err));
  inflate.on('readable', () => {
    if (inflate.readableLength > maxBytes) inflate.destroy(new Error('header block too large'));
  });
  return {
    read: (block) =>
      new Promise((resolve, reject) => {
        fail = reject;
        inflate.write(block, (err) => {
          if (err) return reject(err);
          const plain = (inflate.read() ?? Buffer.alloc(0)) as Buffer;
          try {
            resolve(parse(plain));
          } catch (problem) {
            reject(problem instanceof Error ? problem : new Error(String(problem)));
          }
        });
      }),
    close: () => inflate.destroy(),
  };
}

function parse(plain: Buffer): SpdyHeaders {
  let at = 0;
  const number = () => {
    const value = plain.readUInt32BE(at);
    at += 4;
    return value;
  };
  const text = () => {
    const length = number();
    if (length > plain.length - at) throw new Error('header block is cut short');
    const value = plain.toString('utf8', at, at + length);
    at += length;
    return value;
  };
  const count = number();
  if (count > plain.length / 8) throw new Error('header block is cut short');
  const pairs = Array.from({ length: count }, () => [text().toLowerCase(), text()]);
  return Object.fromEntries(pairs) as SpdyHeaders;
}
