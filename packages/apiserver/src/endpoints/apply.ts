import { apiVersionOf, applyPatch, badRequest, parseYaml, StatusError } from '@berth/api';
import type { KubeObject, ParsedJson } from '@berth/api';
import { formatTime } from '@berth/component-base';
import { completed } from '../registry/complete.ts';
import { bodyOf, fieldsOf } from '../registry/body.ts';
import type { Resource } from '../registry/resource.ts';
import { resetFields } from '../registry/track-fields.ts';
import type { UpdateRequest } from '../registry/update-object.ts';
import type { RequestContext } from '../request.ts';
import { checkTarget, withRequestNamespace } from './target.ts';
import type { WriteQuery } from './write-options.ts';

type Change = Pick<UpdateRequest, 'change' | 'create'>;

/** Server-side apply as a change of the present object, or as the making of a new one. */
export function applyChange(
  resource: Resource,
  context: RequestContext,
  { fieldManager, force, fieldValidation }: WriteQuery,
): Change {
  const { type, strategy, clock } = resource;
  const { info } = context;
  const { value, duplicates } = parseConfig(context.request.body);
  context.audit?.request(value);
  const apply = (live: unknown): KubeObject => {
    const applied = applyPatch({
      live,
      config: value,
      manager: fieldManager,
      force,
      schema: fieldsOf(strategy),
      time: formatTime(clock.now()),
      apiVersion: apiVersionOf(type),
      subresource: info.subresource,
      resetFields: resetFields(strategy, info.subresource),
    });
    if (duplicates.length > 0 && fieldValidation === 'Strict')
      throw badRequest(`error strict decoding YAML: ${duplicates.join(', ')}`);
    if (fieldValidation === 'Warn') for (const text of duplicates) context.warn(text);
    const object = completed(strategy, decoded(resource, applied));
    checkTarget(object, info);
    return withRequestNamespace(type, object, info.namespace);
  };
  const namespace = type.namespaced ? { namespace: info.namespace } : {};
  const empty = {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: { name: info.name, ...namespace },
  };
  return { change: apply, ...(info.subresource === '' && { create: () => apply(empty) }) };
}

function parseConfig(body: Uint8Array = new Uint8Array()): ParsedJson {
  try {
    return parseYaml(body);
  } catch (err) {
    throw err instanceof StatusError ? badRequest(`error decoding YAML: ${err.message}`) : err;
  }
}

function decoded({ strategy }: Resource, applied: unknown): Readonly<Record<string, unknown>> {
  const { object, error } = bodyOf(strategy).decode(applied);
  if (error !== undefined) throw badRequest(error);
  return object as Readonly<Record<string, unknown>>;
}
