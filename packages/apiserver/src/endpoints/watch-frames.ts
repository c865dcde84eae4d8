import { Buffer } from 'node:buffer';
import { apiVersionOf, expired, internalError, StatusError } from '@berth/api';
import type { KubeObject } from '@berth/api';
import { ExpiredError, SlowWatcherError, UnavailableError } from '@berth/storage';
import { atRevision } from '../registry/codec.ts';
import type { Resource } from '../registry/resource.ts';
import type { Bookmark, Change } from '../registry/watch-objects.ts';
import { jsonOf } from './answer.ts';
import type { Form } from './answer.ts';
import { metadataOf, tableOf } from './table.ts';

/** Makes the bytes that tell a change, one JSON object per line. Only the first Table of a watch names its columns. */
export function createFrames(
  resource: Resource,
  form: Form,
): (told: Change | Bookmark) => Uint8Array {
  let headers = true;
  return (told) => {
    const bytes = frameOf(resource, told, { ...form, headers });
    headers = false;
    return bytes;
  };
}

/**
 * The same frames, but what cannot go on ends with an ERROR event when the client has to know why; a lost store or a
 * client that is too slow just ends it, and the client comes back.
 */
export function endWithStatus(
  frames: AsyncGenerator<Uint8Array, void>,
  from: number | undefined,
): AsyncIterable<Uint8Array> {
  const end = (err: unknown): IteratorResult<Uint8Array, void> => {
    if (err instanceof SlowWatcherError || err instanceof UnavailableError) return over;
    return { done: false, value: errorFrame(err, from) };
  };
  // No generator of its own: it would cost every event of every watcher another turn.
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => frames.next().catch(end),
      return: () => frames.return(),
    }),
  };
}

const over: IteratorResult<Uint8Array, void> = { done: true, value: undefined };

type FrameForm = Form & { readonly headers: boolean };

function frameOf(resource: Resource, change: Change | Bookmark, form: FrameForm): Uint8Array {
  if (change.kind === 'bookmark') return bookmarkFrame(resource, change, form);
  if (form.shape === 'object') return objectFrame(resource, change);
  const object = atRevision(resource.codec.decode(change.kv), change.revision);
  return frame(change.type, shaped(resource, object, form));
}

/** Made once for all watchers. */
const objectFrame = ({ codec, frames }: Resource, { kv, type, revision }: Change): Uint8Array =>
  frames(kv, `${type} ${revision}`, () => frame(type, codec.wire(kv, revision)));

function bookmarkFrame(
  resource: Resource,
  { revision, initialEventsEnd }: Bookmark,
  form: FrameForm,
): Uint8Array {
  const { type } = resource;
  const metadata = {
    resourceVersion: String(revision),
    ...(initialEventsEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
  };
  const empty = { kind: type.kind, apiVersion: apiVersionOf(type), metadata };
  switch (form.shape) {
    case 'object':
      return frame('BOOKMARK', jsonOf(empty));
    case 'table':
      return frame('BOOKMARK', tableFrame(resource, [], metadata.resourceVersion, form));
    case 'metadata':
      return frame(
        'BOOKMARK',
        jsonOf(metadataOf(empty as unknown as KubeObject, form.metaVersion)),
      );
  }
}

const shaped = (resource: Resource, object: KubeObject, form: FrameForm): Uint8Array =>
  form.shape === 'table'
    ? tableFrame(resource, [object], object.metadata.resourceVersion, form)
    : jsonOf(metadataOf(object, form.metaVersion));

const tableFrame = (
  { strategy, clock }: Resource,
  objects: readonly KubeObject[],
  resourceVersion: string,
  form: FrameForm,
): Uint8Array => tableOf(strategy, objects, { resourceVersion }, { ...form, now: clock.now() });

function errorFrame(err: unknown, from: number | undefined): Uint8Array {
  const { status } = statusOf(err, from);
  return frame('ERROR', jsonOf(status));
}

function statusOf(err: unknown, from: number | undefined): StatusError {
  if (err instanceof StatusError) return err;
  if (err instanceof ExpiredError)
    return expired(`too old resource version: ${from ?? 0} (${err.oldest})`);
  return internalError('the watch has ended');
}

const frame = (type: string, json: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`{"type":"${type}","object":`), json, lineEnd]);

const lineEnd = Buffer.from('}\n');
