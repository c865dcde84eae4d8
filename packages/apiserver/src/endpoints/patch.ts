import type { ApiResponse, KubeObject } from '@berth/api';
import { completed } from '../registry/complete.ts';
import { bodyOf } from '../registry/body.ts';
import type { Resource } from '../registry/resource.ts';
import { updateObject } from '../registry/update-object.ts';
import type { UpdateRequest, UpdateRules } from '../registry/update-object.ts';
import type { RequestContext } from '../request.ts';
import { answerObject, formOf } from './answer.ts';
import { applyChange } from './apply.ts';
import { patchFormat } from './negotiate.ts';
import type { PatchFormat } from './negotiate.ts';
import { readPatch } from './read-patch.ts';
import { checkTarget, targetOf, withRequestNamespace, writeOf } from './target.ts';
import { parseWriteQuery } from './write-options.ts';
import type { WriteQuery } from './write-options.ts';

/** Answers `patch`, through the door that `rules` describe. */
export async function patch(
  resource: Resource,
  context: RequestContext,
  rules: UpdateRules,
): Promise<ApiResponse> {
  const form = formOf(context);
  const format = patchFormat(context.request.headers['content-type'], !resource.strategy.body);
  const query = parseWriteQuery(context, 'PatchOptions', format === 'apply');
  const request: UpdateRequest = {
    ref: targetOf(resource.type, context.info),
    rules,
    // A patch that names no version means the present one, whichever that is.
    unconditional: true,
    ...(format === 'apply'
      ? applyChange(resource, context, query)
      : { change: patchChange(resource, context, format, query) }),
  };
  const write = { ...writeOf(context, query), tracked: format === 'apply' };
  const written = await updateObject(resource, request, write);
  return answerObject(written.created ? 201 : 200, resource, written, form);
}

function patchChange(
  { strategy, type }: Resource,
  context: RequestContext,
  format: Exclude<PatchFormat, 'apply'>,
  { fieldValidation }: WriteQuery,
): (old: KubeObject) => KubeObject {
  const { info } = context;
  const apply = readPatch(context, format, bodyOf(strategy), fieldValidation);
  return (old) => {
    const object = completed(strategy, apply(old));
    checkTarget(object, info);
    return withRequestNamespace(type, object, info.namespace);
  };
}
