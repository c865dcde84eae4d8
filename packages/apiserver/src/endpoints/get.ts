import { notFound } from '@berth/api';
import type { ApiResponse } from '@berth/api';
import { reachRevision } from '../registry/reach-revision.ts';
import { viewOfKv } from '../registry/resource.ts';
import type { Resource } from '../registry/resource.ts';
import type { RequestContext } from '../request.ts';
import { answerObject, formOf } from './answer.ts';
import { parseRevision } from './list-options.ts';
import { targetOf } from './target.ts';

/** Answers `get` of an object, or of a subresource that shows the whole object. */
export async function get(resource: Resource, context: RequestContext): Promise<ApiResponse> {
  const { info, lifetime } = context;
  const form = formOf(context);
  const version = info.query.get('resourceVersion') ?? '';
  const atLeast = parseRevision(version);
  if (atLeast > 0) await reachRevision(resource, atLeast, lifetime);
  const key = resource.keyOf(targetOf(resource.type, info));
  const { kv } = await (version ? resource.storage.getCached(key) : resource.storage.get(key));
  if (!kv) throw notFound(resource.type, info.name);
  return answerObject(200, resource, viewOfKv(resource.codec, kv), form);
}
