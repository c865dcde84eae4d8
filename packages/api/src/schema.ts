import { readDefinitions } from './schema-file.ts';
import { definitionNameOf } from './schema-kinds.ts';
import type { GroupVersionKind } from './schema-kinds.ts';

/**
 * The shape of a value. A definition (`PodSpec`) has `type: 'object'` and `properties`; a field that holds one has
 * only `ref`, its description and its list, map or patch behaviour. A map has `additionalProperties`.
 *
 * `format` is `int32`, `int64`, `double`, `byte` (base64), `date-time`, `micro-time` or `quantity` (a string on the
 * wire that may also be written as a number).
 */
export interface Schema {
  readonly type?:
    'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'int-or-string';
  /** The name of a definition. */
  readonly ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly format?: string;
  readonly description?: string;
  /** Set on every array: what upstream leaves unsaid is `atomic`. */
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  /** Absent means granular. Also said of structs. */
  readonly mapType?: 'atomic' | 'granular';
  readonly patchStrategy?: readonly ('merge' | 'replace' | 'retainKeys')[];
  readonly patchMergeKey?: string;
  readonly enum?: readonly string[];
  /** What a missing field counts as, in list-map keys and in what the schema tells clients. */
  readonly default?: string | number | boolean;
  /** An optional field whose zero value (empty text, list or map, 0, false) says the same as its absence. */
  readonly omitsZero?: boolean;
  readonly nullable?: boolean;
  /** Any JSON may stand here (RawExtension, FieldsV1, JSON). */
  readonly preserveUnknownFields?: boolean;
  /** Of free JSON: an object here is read as this definition (a schema, where a boolean or a list may stand, too). */
  readonly objectRef?: string;
}

/** By generated type name, such as `PodSpec`. */
export const definition = (name: string): Schema | undefined => readDefinitions().get(name);

/** The names of all definitions. */
export const definitionNames = (): readonly string[] => [...readDefinitions().keys()];

/** The schema of a built-in kind; `undefined` for a kind that this API does not have. */
export function schemaOf(kind: GroupVersionKind): Schema | undefined {
  const name = definitionNameOf(kind);
  return name === undefined ? undefined : definition(name);
}

const resolved = new WeakMap<Schema, Schema>();

/** Follows `ref`. What the referring field says of its own (description, list, map, patch) wins. Made once per schema. */
export function resolveSchema(schema: Schema): Schema {
  if (schema.ref === undefined) return schema;
  const known = resolved.get(schema);
  if (known) return known;
  const { ref, ...own } = schema;
  const target = definition(ref);
  if (!target) throw new Error(`no definition ${ref}`);
  const merged = { ...target, ...own };
  resolved.set(schema, merged);
  return merged;
}
