import { badRequest } from '@berth/api';
import type { KubeObject, ObjectRef, ResourceType } from '@berth/api';
import { withMeta } from '../registry/object-meta.ts';
import type { Write } from '../registry/resource.ts';
import type { RequestContext, RequestInfo } from '../request.ts';
import type { WriteQuery } from './write-options.ts';

/** The object that a request names. A Namespace lies in no namespace, though its path reads as if it did. */
export const targetOf = (
  { namespaced }: Pick<ResourceType, 'namespaced'>,
  { namespace, name }: RequestInfo,
): ObjectRef => (namespaced ? { namespace, name } : { name });

/** The circumstances of a write, as its request tells them. */
export const writeOf = (
  context: RequestContext,
  { fieldManager, dryRun, options }: Pick<WriteQuery, 'fieldManager' | 'dryRun' | 'options'>,
): Write => ({
  user: context.user,
  subresource: context.info.subresource,
  manager: fieldManager,
  dryRun,
  warn: (text) => context.warn(text),
  ...annotateOf(context),
  options,
  lifetime: context.lifetime,
});

const annotateOf = ({ audit }: RequestContext): Pick<Write, 'annotate'> =>
  audit ? { annotate: (key, value) => audit.annotate(key, value) } : {};

/** The object in the namespace of its URL; one that names another namespace is refused. */
export function withRequestNamespace(
  { namespaced }: Pick<ResourceType, 'namespaced'>,
  object: KubeObject,
  namespace: string,
): KubeObject {
  const { namespace: own, ...metadata } = object.metadata;
  if (!namespaced) return own === undefined ? object : withMeta(object, metadata);
  if (own && own !== namespace)
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  return own ? object : withMeta(object, { ...metadata, namespace });
}

/** The body of an update is about the object of its URL. */
export function checkTarget(
  { metadata }: KubeObject,
  { name, namespace }: Pick<RequestInfo, 'name' | 'namespace'>,
): void {
  if (!metadata.name)
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  if (metadata.name !== name)
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  if (namespace && metadata.namespace && metadata.namespace !== namespace)
    throw badRequest(
      `the namespace of the object (${metadata.namespace}) does not match the namespace on the request (${namespace})`,
    );
}
