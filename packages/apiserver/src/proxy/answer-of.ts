import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { ApiResponse } from '@berth/api';
import { answeredHeaders } from './headers.ts';
import { rewriteHtml } from './rewrite-html.ts';
import { rewriteUrl } from './rewrite-url.ts';
import type { Place } from './rewrite-url.ts';

/** What a server behind us answered, as it is. */
export const plainAnswer = (response: IncomingMessage): ApiResponse => ({
  status: response.statusCode ?? 502,
  headers: answeredHeaders(response),
  body: bytesOf(response),
});

/** The same with redirects and the links of pages leading through the proxy. */
export async function rewrittenAnswer(
  response: IncomingMessage,
  place: Place,
): Promise<ApiResponse> {
  const answer = plainAnswer(response);
  const { location } = answer.headers;
  if (location !== undefined && location !== '') {
    return { ...answer, headers: { ...answer.headers, location: rewriteUrl(location, place) } };
  }
  const { 'content-type': type = '', 'content-encoding': encoding = '' } = answer.headers;
  const isPage = type.split(';')[0]?.trim() === 'text/html';
  if (!isPage || (encoding !== '' && encoding !== 'gzip')) return answer;
  return rewrittenPage(answer, encoding, (url) => rewriteUrl(url, place));
}

/** Longer pages stay as they are. */
const maxPageBytes = 8 * 1024 * 1024;

async function rewrittenPage(
  answer: ApiResponse,
  encoding: string,
  rewrite: (url: string) => string,
): Promise<ApiResponse> {
  const { first, rest } = await upTo(answer.body, maxPageBytes);
  if (rest) return { ...answer, body: both(first, rest) };
  const bytes = await rewriteBytes(first, encoding, rewrite).catch(() => first);
  // A HEAD has the length of what it does not have.
  const headers =
    bytes.length === 0
      ? answer.headers
      : { ...answer.headers, 'content-length': String(bytes.length) };
  return { ...answer, headers, body: once(bytes) };
}

const expand = promisify(gunzip);
const compress = promisify(gzip);

async function rewriteBytes(
  bytes: Buffer,
  encoding: string,
  rewrite: (url: string) => string,
): Promise<Buffer> {
  if (encoding !== 'gzip') return rewriteText(bytes, rewrite);
  const page = await expand(bytes, { maxOutputLength: maxPageBytes });
  return compress(rewriteText(page, rewrite));
}

/** Read so that every byte is a character, whatever the page is written in. */
const rewriteText = (bytes: Buffer, rewrite: (url: string) => string): Buffer =>
  Buffer.from(rewriteHtml(bytes.toString('latin1'), rewrite), 'latin1');

async function* bytesOf(response: IncomingMessage): AsyncIterable<Uint8Array> {
  for await (const chunk of response) yield chunk as Buffer;
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

async function* both(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncIterable<Uint8Array> {
  yield first;
  try {
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** The beginning of a body, and the rest when there is one. */
async function upTo(body: AsyncIterable<Uint8Array>, limit: number) {
  const chunks: Uint8Array[] = [];
  const rest = body[Symbol.asyncIterator]();
  for (let size = 0; size <= limit;) {
    const next = await rest.next();
    if (next.done) return { first: Buffer.concat(chunks), rest: undefined };
    chunks.push(next.value);
    size += next.value.length;
  }
  return { first: Buffer.concat(chunks), rest };
}
