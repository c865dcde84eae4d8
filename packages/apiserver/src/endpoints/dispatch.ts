import { methodNotAllowed } from '@berth/api';
import type { ApiResponse } from '@berth/api';
import type { Entry, SubresourceOptions } from '../registry/served.ts';
import { mainRules } from '../registry/update-rules.ts';
import type { RequestContext, RequestInfo } from '../request.ts';
import { answerValue, formOf } from './answer.ts';
import { create } from './create.ts';
import { removeCollection } from './delete-collection.ts';
import { remove } from './delete.ts';
import { get } from './get.ts';
import { list } from './list.ts';
import { noSuchPath } from './no-such-path.ts';
import { patch } from './patch.ts';
import { update } from './update.ts';
import { watch } from './watch.ts';

/** Sends a request for a resource to the verb or subresource that answers it. */
export async function dispatch(
  entry: Entry | undefined,
  context: RequestContext,
): Promise<ApiResponse> {
  const { info } = context;
  if (!entry || !isInScope(entry, info)) throw noSuchPath();
  const { warning } = entry.resource.strategy;
  if (warning !== undefined) context.warn(warning);
  if (info.subresource === '') return answerMain(entry, context);
  const subresource = entry.subresources.get(info.subresource);
  if (!subresource) throw noSuchPath();
  return answerSubresource(subresource, context);
}

/** Verbs that make sense across namespaces. */
const everywhere: readonly string[] = ['list', 'watch'];

/** Objects with a namespace are addressed in it, others never are. */
function isInScope({ resource: { type } }: Entry, info: RequestInfo): boolean {
  // The namespace of a path below /namespaces/<name> is the Namespace object itself.
  if (type.resource === 'namespaces') return true;
  return type.namespaced
    ? info.namespace !== '' || everywhere.includes(info.verb)
    : !info.namespace;
}

async function answerMain(
  { resource, verbs }: Entry,
  context: RequestContext,
): Promise<ApiResponse> {
  const { verb } = context.info;
  if (!verbs.includes(verb)) throw methodNotAllowed();
  const { closed } = resource.strategy;
  if (closed !== undefined && verb === 'create') throw methodNotAllowed(closed);
  switch (verb) {
    case 'get':
      return get(resource, context);
    case 'list':
      return list(resource, context);
    case 'watch':
      return watch(resource, context);
    case 'create':
      return create(resource, context);
    case 'update':
      return update(resource, context, mainRules(resource.strategy));
    case 'patch':
      return patch(resource, context, mainRules(resource.strategy));
    case 'delete':
      return remove(resource, context);
    case 'deletecollection':
      return removeCollection(resource, context);
    default:
      throw methodNotAllowed();
  }
}

export async function answerSubresource(
  { verbs, anyMethod = false, handler }: SubresourceOptions,
  context: RequestContext,
): Promise<ApiResponse> {
  const { verb } = context.info;
  if (!anyMethod && !verbs.includes(verb)) throw methodNotAllowed();
  const result = await handler(context);
  if ('body' in result && 'headers' in result) return result;
  const form = formOf(context, ['object']);
  return answerValue(verb === 'create' ? 201 : 200, result, form);
}
