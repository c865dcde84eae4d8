import type { ApiResponse } from '@berth/api';
import { createObject } from '../registry/create-object.ts';
import type { Resource } from '../registry/resource.ts';
import type { RequestContext } from '../request.ts';
import { answerObject, formOf } from './answer.ts';
import { readObject } from './read-object.ts';
import { withRequestNamespace, writeOf } from './target.ts';
import { parseWriteQuery } from './write-options.ts';

/** Answers `create`: POST of a new object to its collection. */
export async function create(resource: Resource, context: RequestContext): Promise<ApiResponse> {
  const form = formOf(context);
  const query = parseWriteQuery(context, 'CreateOptions');
  const object = readObject(context, resource.strategy, query.fieldValidation);
  const placed = withRequestNamespace(resource.type, object, context.info.namespace);
  const written = await createObject(resource, placed, writeOf(context, query));
  return answerObject(201, resource, written, form);
}
