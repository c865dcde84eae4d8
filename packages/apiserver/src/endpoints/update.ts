import { conflict } from '@berth/api';
import type { ApiResponse, KubeObject, ObjectMeta } from '@berth/api';
import { withMeta } from '../registry/object-meta.ts';
import type { Resource } from '../registry/resource.ts';
import { updateObject } from '../registry/update-object.ts';
import type { UpdateRules } from '../registry/update-object.ts';
import type { RequestContext } from '../request.ts';
import { answerObject, formOf } from './answer.ts';
import { readObject } from './read-object.ts';
import { checkTarget, targetOf, withRequestNamespace, writeOf } from './target.ts';
import { parseWriteQuery } from './write-options.ts';

/** Answers `update`: PUT of a whole object, through the door that `rules` describe. */
export async function update(
  resource: Resource,
  context: RequestContext,
  rules: UpdateRules,
): Promise<ApiResponse> {
  const { info } = context;
  const form = formOf(context);
  const query = parseWriteQuery(context, 'UpdateOptions');
  const object = readObject(context, resource.strategy, query.fieldValidation);
  checkTarget(object, info);
  const placed = withRequestNamespace(resource.type, object, info.namespace);
  const mayCreate = resource.strategy.allowCreateOnUpdate && info.subresource === '';
  const request = {
    ref: targetOf(resource.type, info),
    change: () => placed,
    rules,
    unconditional: resource.strategy.allowUnconditionalUpdate ?? false,
    ...(mayCreate && { create: () => asNew(resource.type, placed) }),
  };
  const written = await updateObject(resource, request, writeOf(context, query));
  return answerObject(written.created ? 201 : 200, resource, written, form);
}

/** A PUT to a free name makes the object, unless the client means one that it has seen before. */
function asNew(type: Resource['type'], object: KubeObject): KubeObject {
  const { resourceVersion: _version, ...metadata } = object.metadata;
  if (metadata.uid)
    throw conflict(
      type,
      metadata.name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: `,
    );
  return withMeta(object, metadata as ObjectMeta);
}
