import type { RequestContext, UserInfo } from '../request.ts';

/** What authorizers decide about. */
export interface Attributes {
  readonly user: UserInfo;
  readonly verb: string;
  readonly isResource: boolean;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** For requests that are not about a resource. */
  readonly path: string;
  /** Narrows a list or watch; only authorizers that understand it grant more because of it. */
  readonly fieldSelector?: string;
}

export function attributesOf({ info, user }: Pick<RequestContext, 'info' | 'user'>): Attributes {
  const { verb, isResource, group, version, resource, subresource, namespace, name, path } = info;
  const fieldSelector = info.query.get('fieldSelector');
  return {
    user,
    verb,
    isResource,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    path,
    ...(fieldSelector && { fieldSelector }),
  };
}
