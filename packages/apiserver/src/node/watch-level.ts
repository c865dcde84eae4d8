import { Buffer } from 'node:buffer';
import { internalError, StatusError } from '@berth/api';
import type { Status } from '@berth/api';
import type { WatchEvent } from '@berth/component-base/node-protocol';
import type { ApiCalls } from './api-calls.ts';

/**
 * The objects below a path as a level: those that are there, SYNCED, and then what changes. Ends when the watch does;
 * throws `StatusError` when it cannot go on.
 */
export async function* watchLevel(
  calls: ApiCalls,
  path: string,
  signal: AbortSignal,
): AsyncIterable<WatchEvent> {
  for await (const piece of await calls.stream(withWatch(path), signal)) {
    for (const frame of linesOf(piece)) {
      const event = eventOf(frame);
      if (event) yield event;
    }
  }
}

const lineFeed = 0x0a;

/** A piece is one event or several that came together, each with its line end: JSON has no other. */
function* linesOf(piece: Uint8Array): Generator<Buffer, void> {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(lineFeed, at);
    yield bytes.subarray(at, end);
    at = end + 1;
  }
}

function withWatch(path: string): string {
  const query = new URLSearchParams({
    watch: 'true',
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
    allowWatchBookmarks: 'true',
  });
  return `${path}${path.includes('?') ? '&' : '?'}${query.toString()}`;
}

export const synced: WatchEvent = { type: 'SYNCED', objectJson: new Uint8Array() };

const start = /^\{"type":"([A-Z]+)","object":/;

/** Passes the object's bytes on as they are: they were made once for all watchers. */
function eventOf(bytes: Buffer): WatchEvent | undefined {
  const [prefix = '', type] = start.exec(bytes.toString('latin1', 0, 40)) ?? [];
  const objectJson = bytes.subarray(prefix.length, bytes.lastIndexOf('}'));
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'PUT', objectJson };
    case 'DELETED':
      return { type: 'DELETE', objectJson };
    case 'BOOKMARK':
      return objectJson.includes('"k8s.io/initial-events-end":"true"') ? synced : undefined;
    case 'ERROR':
      throw new StatusError(
        JSON.parse(objectJson.toString()) as Status & { readonly code: number },
      );
    default:
      throw internalError('a watch sent what is not an event');
  }
}
