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
  for await (const frame of await calls.stream(withWatch(path), signal)) {
    const event = eventOf(frame);
    if (event) yield event;
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
function eventOf(frame: Uint8Array): WatchEvent | undefined {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
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
