import { Buffer } from 'node:buffer';
import { apiVersionOf, expired, internalError, StatusError } from '@berth/api';
import type { Body, KubeObject } from '@berth/api';
import { ExpiredError, SlowWatcherError, UnavailableError } from '@berth/storage';
import { atRevision } from '../registry/codec.ts';
import type { Resource } from '../registry/resource.ts';
import type { Bookmark, Change, Told } from '../registry/watch-objects.ts';
import { jsonOf } from './answer.ts';
import type { Form } from './answer.ts';
import { metadataOf, tableOf } from './table.ts';

/**
 * Makes the bytes of what is told in one piece, one JSON object per line. Those who are told the same in the same form
 * share them. Only the first Table of a watch names its columns.
 */
export function createFrames(resource: Resource, form: Form): (told: Told) => Uint8Array {
  let isFirst = true;
  return (told) => {
    const headers = isFirst && form.shape === 'table';
    isFirst = false;
    return framesOf(resource, told, viewOf(resource, form, headers));
  };
}

/**
 * The same frames, but what cannot go on ends with an ERROR event when the client has to know why; a lost store or a
 * client that is too slow just ends it, and the client comes back.
 */
export function endWithStatus(
  pieces: AsyncGenerator<Told, void>,
  frames: (told: Told) => Uint8Array,
  from: number | undefined,
): Body {
  const end = (err: unknown): IteratorResult<Uint8Array, void> => {
    if (err instanceof SlowWatcherError || err instanceof UnavailableError) return over;
    return { done: false, value: errorFrame(err, from) };
  };
  const joined = (result: IteratorResult<Told, void>): IteratorResult<Uint8Array, void> =>
    result.done ? over : { done: false, value: frames(result.value) };
  // No generator of its own: it would cost every piece of every watcher another turn.
  return {
    gathers: true,
    [Symbol.asyncIterator]: () => ({
      next: () => pieces.next().then(joined).catch(end),
      return: () => pieces.return().then(() => over),
    }),
  };
}

const over: IteratorResult<Uint8Array, void> = { done: true, value: undefined };

/** In what form a watcher sees what is told. */
interface View extends Form {
  /** The first of the frames names the columns of its Table. */
  readonly headers: boolean;
  readonly now: number;
  /** Views of the same name look the same. */
  readonly name: string;
}

function viewOf({ clock }: Resource, form: Form, headers: boolean): View {
  const { shape, metaVersion, include } = form;
  const view = { ...form, headers, now: clock.now() };
  switch (shape) {
    case 'object':
      return { ...view, name: shape };
    case 'metadata':
      return { ...view, name: `${shape} ${metaVersion}` };
    case 'table': {
      // Tables tell ages, in seconds at the finest.
      const second = Math.floor(view.now / 1000);
      return { ...view, name: [shape, metaVersion, include, headers, second].join(' ') };
    }
  }
}

/** By resource, as the views of one stored object are told in one piece. */
const joinedFrames = new WeakMap<Resource, WeakMap<Told, Map<string, Uint8Array>>>();

function framesOf(resource: Resource, told: Told, view: View): Uint8Array {
  const ofResource = joinedFrames.get(resource) ?? new WeakMap<Told, Map<string, Uint8Array>>();
  joinedFrames.set(resource, ofResource);
  const known = ofResource.get(told) ?? new Map<string, Uint8Array>();
  const found = known.get(view.name);
  if (found) return found;
  const frames = told.map((one, i) =>
    frameOf(resource, one, i > 0 && view.headers ? viewOf(resource, view, false) : view),
  );
  const bytes = frames.length === 1 ? frames[0]! : Buffer.concat(frames);
  ofResource.set(told, known.set(view.name, bytes));
  return bytes;
}

function frameOf(resource: Resource, told: Change | Bookmark, view: View): Uint8Array {
  if (told.kind === 'bookmark') return bookmarkFrame(resource, told, view);
  const { kv, type, revision } = told;
  return resource.frames(kv, `${type} ${revision} ${view.name}`, () =>
    frame(type, changed(resource, told, view)),
  );
}

function changed(resource: Resource, { kv, revision }: Change, view: View): Uint8Array {
  const { codec } = resource;
  if (view.shape === 'object') return codec.wire(kv, revision);
  const object = atRevision(codec.decode(kv), revision);
  return view.shape === 'table'
    ? tableFrame(resource, [object], object.metadata.resourceVersion, view)
    : jsonOf(metadataOf(object, view.metaVersion));
}

function bookmarkFrame(
  resource: Resource,
  { revision, initialEventsEnd }: Bookmark,
  view: View,
): Uint8Array {
  const { type } = resource;
  const metadata = {
    resourceVersion: String(revision),
    ...(initialEventsEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
  };
  const empty = { kind: type.kind, apiVersion: apiVersionOf(type), metadata };
  switch (view.shape) {
    case 'object':
      return frame('BOOKMARK', jsonOf(empty));
    case 'table':
      return frame('BOOKMARK', tableFrame(resource, [], metadata.resourceVersion, view));
    case 'metadata':
      return frame(
        'BOOKMARK',
        jsonOf(metadataOf(empty as unknown as KubeObject, view.metaVersion)),
      );
  }
}

const tableFrame = (
  { strategy }: Resource,
  objects: readonly KubeObject[],
  resourceVersion: string,
  view: View,
): Uint8Array => tableOf(strategy, objects, { resourceVersion }, view);

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
