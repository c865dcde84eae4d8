import type { JSONSchemaProps } from '../gen/types.ts';
import type { GroupVersionKind } from '../schema-kinds.ts';
import type { ResourceType } from '../scheme.ts';

/** One resource or subresource that a server answers for, with the kind of its bodies. */
export interface OpenApiResource extends GroupVersionKind {
  readonly type: Pick<
    ResourceType,
    'group' | 'version' | 'resource' | 'kind' | 'namespaced' | 'listKind'
  >;
  /** `''` for the resource itself. */
  readonly subresource: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verbs: readonly string[];
  /** The schema of the kind, when it is not a generated one. */
  readonly schema?: JSONSchemaProps;
}

export interface OpenApiInfo {
  /** `v1.36.0` */
  readonly version: string;
}
