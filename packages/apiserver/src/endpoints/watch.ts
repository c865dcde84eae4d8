import { notAcceptable } from '@berth/api';
import type { ApiResponse } from '@berth/api';
import { reachRevision } from '../registry/reach-revision.ts';
import type { Resource } from '../registry/resource.ts';
import { parseSelection } from '../registry/selection.ts';
import { watchObjects } from '../registry/watch-objects.ts';
import type { WatchRequest } from '../registry/watch-objects.ts';
import type { RequestContext } from '../request.ts';
import { formOf, headersFor } from './answer.ts';
import { parseListQuery, parseRevision } from './list-options.ts';
import type { ListQuery } from './list-options.ts';
import { createFrames, endWithStatus } from './watch-frames.ts';

/** Answers `watch`: one JSON event per line until the time is up, the client goes or cannot keep up. */
export async function watch(resource: Resource, context: RequestContext): Promise<ApiResponse> {
  const { info, lifetime } = context;
  const form = formOf(context);
  if (form.encoding === 'yaml')
    throw notAcceptable(
      'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
    );
  const query = parseListQuery(info.query, true);
  const request: WatchRequest = {
    namespace: info.namespace,
    selection: parseSelection(resource.strategy, query.labelSelector, query.fieldSelector),
    bookmarks: query.bookmarks,
    timeoutMs: timeoutOf(query, resource.random),
    ...(await beginningOf(resource, query, lifetime)),
  };
  const pieces = watchObjects(resource, request, lifetime.signal);
  const body = endWithStatus(pieces, createFrames(resource, form), request.from);
  return { status: 200, headers: headersFor(form), body };
}

/** Watches without a time of their own end after 30 to 60 minutes, so that clients spread over the servers again. */
const shortestMs = 30 * 60_000;

const timeoutOf = ({ timeoutSeconds }: ListQuery, random: () => number) =>
  timeoutSeconds ? timeoutSeconds * 1000 : shortestMs * (1 + random());

/** Where the watch begins: with the present objects, or after a revision. */
async function beginningOf(
  resource: Resource,
  query: ListQuery,
  lifetime: RequestContext['lifetime'],
): Promise<Pick<WatchRequest, 'from' | 'initialEventsEnd' | 'cached'>> {
  const asked = parseRevision(query.resourceVersion);
  if (query.sendInitialEvents) {
    if (asked > 0) await reachRevision(resource, asked, lifetime);
    return { initialEventsEnd: query.bookmarks, cached: query.resourceVersion !== '' };
  }
  if (asked > 0) return { from: asked, initialEventsEnd: false };
  const { resourceVersion, sendInitialEvents } = query;
  // Without a version a watch begins with what is there, unless the client says that it does not want to know.
  return sendInitialEvents === undefined
    ? { initialEventsEnd: false, cached: resourceVersion === '0' }
    : { from: await newestRevision(resource), initialEventsEnd: false };
}

const newestRevision = async ({ storage, prefixOf }: Resource) =>
  (await storage.list(prefixOf(''), { limit: 1 })).revision;
