import { wholeBody } from '@berth/api';
import type { ApiResponse } from '@berth/api';

const encoder = new TextEncoder();

type Headers = ApiResponse['headers'];

/** Always sent, so that no cache between client and server keeps what only this client may see. */
const uncached: Headers = { 'cache-control': 'no-cache, private' };

/** An answer whose bytes are all known. */
export const bytesResponse = (
  status: number,
  bytes: Uint8Array,
  headers: Headers,
): ApiResponse => ({
  status,
  headers: { ...uncached, 'content-length': String(bytes.byteLength), ...headers },
  body: wholeBody(bytes),
});

export const jsonResponse = (status: number, value: unknown, headers: Headers = {}): ApiResponse =>
  bytesResponse(status, encoder.encode(`${JSON.stringify(value)}\n`), {
    'content-type': 'application/json',
    ...headers,
  });

export const textResponse = (status: number, text: string, headers: Headers = {}): ApiResponse =>
  bytesResponse(status, encoder.encode(text), {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
