import type { JSONSchemaProps, ResourceType } from '@berth/api';
import type { Resource } from './resource.ts';
import type { Strategy, SubresourceHandler } from './strategy.ts';

/** One row of discovery: a resource or a subresource, with the kind of its bodies. */
export interface ServedResource {
  readonly type: ResourceType;
  /** `''` for the resource itself. */
  readonly subresource: string;
  /** The kind that is read and written here, which for a subresource may be of another group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  /** The kind that is stored for it; absent where nothing is. */
  readonly stored?: Pick<ResourceType, 'group' | 'version' | 'kind'>;
  /** The schema of the kind, when it is not a generated one. */
  readonly schema?: JSONSchemaProps;
}

export interface SubresourceOptions {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  /** Takes every HTTP method, also those that are no verb of the API. */
  readonly anyMethod?: boolean;
  readonly handler: SubresourceHandler;
}

export const objectVerbs = ['get', 'patch', 'update'] as const;

const collectionVerbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const;

/** The verbs of a resource, but for those that it cannot have. */
export const verbsOf = ({ noDeleteCollection = false }: Strategy): readonly string[] =>
  collectionVerbs.filter((verb) => !(noDeleteCollection && verb === 'deletecollection'));

/** A resource with its subresources by name. */
export interface Entry {
  readonly resource: Resource;
  readonly verbs: readonly string[];
  readonly subresources: Map<string, SubresourceOptions>;
  /** Ends the lifetime of the resource. */
  readonly retire: () => void;
}

export function servedBy({ resource, verbs, subresources }: Entry): ServedResource[] {
  const { type, strategy } = resource;
  const { group, version, kind } = type;
  const schema = strategy.published ? { schema: strategy.published } : {};
  const stored = strategy.storedAs?.type ?? type;
  const own = { type, subresource: '', group, version, kind, verbs, stored, ...schema };
  const parts = [...subresources].map(
    ([subresource, { handler: _handler, anyMethod: _anyMethod, ...rest }]) => ({
      type,
      subresource,
      ...rest,
    }),
  );
  return [own, ...parts.sort((a, b) => (a.subresource < b.subresource ? -1 : 1))];
}
