import { decodeHuffman } from './huffman.ts';

/** Headers by name. Of those that come several times the last one stays. */
export type Headers = ReadonlyMap<string, string>;

/** HPACK's static table (RFC 7541, appendix A), which counts from 1. */
const statics: readonly (readonly [name: string, value: string])[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  ...['200', '204', '206', '304', '400', '404', '500'].map((code) => [':status', code] as const),
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ...[
    ...['accept-language', 'accept-ranges', 'accept', 'access-control-allow-origin', 'age'],
    ...['allow', 'authorization', 'cache-control', 'content-disposition', 'content-encoding'],
    ...['content-language', 'content-length', 'content-location', 'content-range'],
    ...['content-type', 'cookie', 'date', 'etag', 'expect', 'expires', 'from', 'host'],
    ...['if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since'],
    ...['last-modified', 'link', 'location', 'max-forwards', 'proxy-authenticate'],
    ...['proxy-authorization', 'range', 'referer', 'refresh', 'retry-after', 'server'],
    ...['set-cookie', 'strict-transport-security', 'transfer-encoding', 'user-agent', 'vary'],
    ...['via', 'www-authenticate'],
  ].map((name) => [name, ''] as const),
];

/** What a block of headers begins with, in the high bits of its first byte. */
const indexed = 0x80;
const withIndexing = 0x40;
const sizeUpdate = 0x20;
const huffman = 0x80;

/**
 * A block that leaves no trace in the tables of whoever reads it: the same bytes mean the same on every stream of every
 * connection. It begins by saying that no table is used, which a peer that wishes for a smaller one must hear.
 */
export function encodeHeaders(headers: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat([
    Buffer.from([sizeUpdate]),
    ...headers.flatMap(([name, value]) => [Buffer.from([0]), string(name), string(value)]),
  ]);
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(integer(bytes.length, 7)), bytes]);
}

function integer(value: number, prefixBits: number): readonly number[] {
  const most = 2 ** prefixBits - 1;
  if (value < most) return [value];
  const bytes = [most];
  let left = value - most;
  for (; left >= 0x80; left >>= 7) bytes.push((left & 0x7f) | 0x80);
  bytes.push(left);
  return bytes;
}

/** Reads a block of a peer that was told to keep no table. Throws an `Error` where it is none. */
export function decodeHeaders(block: Uint8Array): Headers {
  const headers = new Map<string, string>();
  let at = 0;
  const byte = () => {
    if (at >= block.length) throw new Error('a block of headers is cut short');
    at += 1;
    return block[at - 1]!;
  };
  const number = (first: number, prefixBits: number): number => {
    const most = 2 ** prefixBits - 1;
    let value = first & most;
    if (value < most) return value;
    for (let shift = 0; ; shift += 7) {
      const next = byte();
      if (shift > 21) throw new Error('a number in a block of headers is too large');
      value += (next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
  };
  const text = (): string => {
    const first = byte();
    const length = number(first, 7);
    if (length > block.length - at) throw new Error('a block of headers is cut short');
    const bytes = block.subarray(at, at + length);
    at += length;
    return Buffer.from(first & huffman ? decodeHuffman(bytes) : bytes).toString('latin1');
  };
  const known = (index: number) => {
    const found = statics[index - 1];
    if (!found) throw new Error(`a block of headers names entry ${index} of a table without it`);
    return found;
  };
  while (at < block.length) {
    const first = byte();
    if (first & indexed) {
      headers.set(...known(number(first, 7)));
    } else if ((first & 0xe0) === sizeUpdate) {
      if (headers.size > 0 || number(first, 5) > 0)
        throw new Error('a block of headers asks for a table');
    } else {
      // All others are literal. What is to be kept in the table does not fit into one of no size.
      const index = number(first, first & withIndexing ? 6 : 4);
      const name = index > 0 ? known(index)[0] : text();
      headers.set(name, text());
    }
  }
  return headers;
}

/** Blocks that are held by a reader; a server has a handful of them unless something is wrong. */
const mostKnown = 32;
const longestKnown = 256;

/** The same as `decodeHeaders`, for a peer that says much the same all the time. */
export function createHeaderReader(): (block: Buffer) => Headers {
  const known = new Map<string, Headers>();
  return (block) => {
    if (block.length > longestKnown) return decodeHeaders(block);
    const bytes = block.toString('latin1');
    let headers = known.get(bytes);
    if (!headers) {
      headers = decodeHeaders(block);
      if (known.size >= mostKnown) known.clear();
      known.set(bytes, headers);
    }
    return headers;
  };
}
