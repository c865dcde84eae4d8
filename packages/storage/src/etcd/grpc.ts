import { encodeHeaders } from './http2/hpack.ts';
import type { Headers } from './http2/hpack.ts';

/** gRPC as it lies on HTTP/2: messages with a head, and how a call went in the last headers. */

export function encodeCallHeaders(server: string, path: string): Buffer {
  const { protocol, host } = new URL(server);
  return encodeHeaders([
    [':method', 'POST'],
    [':scheme', protocol.slice(0, -1)],
    [':path', path],
    [':authority', host],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
  ]);
}

const headBytes = 5;

/** What comes before a message: that it is not compressed, and its length. */
export function encodeMessageHead(length: number): Buffer {
  const head = Buffer.allocUnsafe(headBytes);
  head[0] = 0;
  head.writeUInt32BE(length, 1);
  return head;
}

/** The message of a body that is one message; undefined for any other body. */
export function onlyMessage(body: Buffer): Buffer | undefined {
  if (body.length < headBytes || body[0] !== 0) return undefined;
  return body.readUInt32BE(1) === body.length - headBytes ? body.subarray(headBytes) : undefined;
}

/**
 * Cuts a body, in pieces of any size, into messages, each to be copied by whoever keeps a part of it. Throws an `Error`
 * where one is compressed, which nobody was asked for.
 */
export function createMessageReader(onMessage: (message: Buffer) => void): (piece: Buffer) => void {
  let pieces: Buffer[] = [];
  let have = 0;
  /** How many bytes there must be to go on: a large message is joined once. */
  let need = headBytes;

  return (piece) => {
    have += piece.length;
    if (have < need) {
      pieces.push(Buffer.from(piece));
      return;
    }
    const bytes = pieces.length > 0 ? Buffer.concat([...pieces, piece]) : piece;
    let at = 0;
    need = headBytes;
    while (bytes.length - at >= headBytes) {
      if (bytes[at] !== 0) throw new Error('a message that cannot be read');
      const end = at + headBytes + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) {
        need = end - at;
        break;
      }
      onMessage(bytes.subarray(at + headBytes, end));
      at = end;
    }
    have = bytes.length - at;
    pieces = have > 0 ? [Buffer.from(bytes.subarray(at))] : [];
  };
}

/** How a call went: a code, 0 for well, and what is said about it. Undefined while the headers do not tell. */
export function statusOf(
  headers: Headers | undefined,
): { readonly code: number; readonly message: string } | undefined {
  const code = headers?.get('grpc-status');
  if (!headers || code === undefined) return undefined;
  return { code: Number(code), message: decode(headers.get('grpc-message') ?? '') };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
