import type { ServerResponse } from 'node:http';
import type { ApiResponse } from '@berth/api';
import type { Logger } from '@berth/component-base';
import type { Beat } from './beat.ts';

/** After a piece of this size the next one is worth a write of its own, however soon it comes. */
const worthAWrite = 16 * 1024;

/**
 * Writes an answer at the pace the client reads it, and small pieces of one that gathers no faster than `beat`. A body
 * that fails midway cuts the connection.
 */
export async function sendResponse(
  outgoing: ServerResponse,
  { status, headers, body }: ApiResponse,
  { logger, beat }: { readonly logger: Logger; readonly beat: Beat },
): Promise<void> {
  if (body.bytes) return sendWhole(outgoing, status, headers, body.bytes);
  outgoing.writeHead(status, headers);
  const chunks = body[Symbol.asyncIterator]();
  // Whoever waits for a first chunk that takes its time (a watch) should know that it was let in.
  const flush = setImmediate(() => outgoing.flushHeaders());
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      clearImmediate(flush);
      if (outgoing.destroyed) break;
      if (!outgoing.write(next.value)) await drained(outgoing);
      if (body.gathers && next.value.length < worthAWrite) await beat.next();
    }
    if (!outgoing.destroyed) outgoing.end();
  } catch (err) {
    if (!outgoing.destroyed) logger.error('Failed in the middle of an answer', { err });
    outgoing.destroy();
  } finally {
    clearImmediate(flush);
    await chunks.return?.().catch(() => undefined);
  }
}

/** Head and body in one write. */
function sendWhole(
  outgoing: ServerResponse,
  status: number,
  headers: ApiResponse['headers'],
  bytes: Uint8Array,
): void {
  outgoing.writeHead(status, { ...headers, 'content-length': bytes.byteLength });
  outgoing.end(bytes);
}

const drained = (outgoing: ServerResponse) =>
  new Promise<void>((resolve) => {
    const done = () => {
      outgoing.off('drain', done);
      outgoing.off('close', done);
      resolve();
    };
    outgoing.once('drain', done);
    outgoing.once('close', done);
  });
