import type { ApiResponse } from '@berth/api';
import { deleteObject } from '../registry/delete-object.ts';
import type { Deleted } from '../registry/delete-object.ts';
import type { Resource } from '../registry/resource.ts';
import type { RequestContext } from '../request.ts';
import { answerObject, answerValue, formOf, success } from './answer.ts';
import type { Form } from './answer.ts';
import { readDeleteRequest, waitsForDependents } from './delete-options.ts';
import { targetOf, writeOf } from './target.ts';

/** Answers `delete` of one object: with a Status when it is gone, with the object while it is still going. */
export async function remove(resource: Resource, context: RequestContext): Promise<ApiResponse> {
  const form = formOf(context);
  const request = readDeleteRequest(context);
  const write = writeOf(context, { fieldManager: '', options: {}, ...request });
  const deleted = await deleteObject(
    resource,
    targetOf(resource.type, context.info),
    request,
    write,
  );
  const status = !deleted.gone && waitsForDependents(request) ? 202 : 200;
  return answerDeleted(status, resource, deleted, form);
}

function answerDeleted(
  status: number,
  resource: Resource,
  deleted: Deleted,
  form: Form,
): ApiResponse {
  const { type, strategy } = resource;
  if (!deleted.gone || strategy.returnsDeleted || form.shape !== 'object')
    return answerObject(status, resource, deleted, form);
  const { name, uid } = deleted.object().metadata;
  const group = type.group ? { group: type.group } : {};
  return answerValue(status, success({ name, ...group, kind: type.resource, uid }), form);
}
