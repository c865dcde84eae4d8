import { definition, resolveSchema } from '../schema.ts';
import type { Schema } from '../schema.ts';
import { upstreamTypeOf } from '../schema-packages.ts';
import { goTypeOf, goValueOf } from './go-type.ts';
import { readScalar } from './scalars.ts';
import { withoutZeros } from './zeros.ts';

/** What JSON text can hold, read by a schema. */
export interface Decoded {
  /** The value as the server keeps it: known fields only, no nulls, quantities and times in canonical form. */
  readonly object: unknown;
  /** One text per unknown field, in the words of a strict decoder: `unknown field "spec.foo"`. */
  readonly unknownFields: readonly string[];
  /** The first value that does not fit its field, in the words of a Go decoder. */
  readonly error?: string;
}

/** Only JSON schemas of custom resources refer to themselves; nothing real comes near this. */
const maxDepth = 500;

interface Walk {
  readonly unknownFields: string[];
  error?: string;
}

/** Where a value stands: for errors the struct and the fields above it, for unknown fields also the indexes. */
interface Place {
  readonly struct: string;
  readonly fields: string;
  readonly path: string;
  readonly depth: number;
}

/** Reads a value of the named definition, such as `Pod` or `DeleteOptions`. Never throws for bad input. */
export function decode(value: unknown, name: string): Decoded {
  if (!definition(name)) throw new Error(`no definition ${name}`);
  const walk: Walk = { unknownFields: [] };
  const object = read(value, { ref: name }, { struct: '', fields: '', path: '', depth: 0 }, walk);
  const { unknownFields, error } = walk;
  return { object: object ?? {}, unknownFields, ...(error !== undefined && { error }) };
}

/** `undefined` where nothing was written or nothing could be read. */
function read(value: unknown, schema: Schema, place: Place, walk: Walk): unknown {
  if (value === null || value === undefined) return undefined;
  const nested = isRecord(value) ? schema.objectRef : undefined;
  if (schema.preserveUnknownFields && nested === undefined) return value;
  if (place.depth > maxDepth) return fail(walk, 'exceeded max depth');
  const struct = schema.ref ?? nested;
  if (struct !== undefined) return readStruct(value, { ref: struct }, struct, place, walk);
  if (schema.type === 'array') return readList(value, schema, place, walk);
  if (schema.type === 'object') return readMap(value, schema, place, walk);
  const scalar = readScalar(value, schema);
  if ('value' in scalar) return scalar.value;
  return 'error' in scalar
    ? fail(walk, scalar.error)
    : mismatch(walk, place, scalar.mismatch.found, scalar.mismatch.wanted);
}

function readStruct(
  value: unknown,
  schema: Schema,
  name: string,
  place: Place,
  walk: Walk,
): unknown {
  if (!isRecord(value)) return mismatch(walk, place, goValueOf(value), goTypeOf(schema));
  const { properties = {} } = resolveSchema(schema);
  const struct = upstreamTypeOf(name)?.name ?? name;
  const entries: [string, unknown][] = [];
  for (const [key, part] of Object.entries(value)) {
    const path = join(place.path, key);
    const field = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!field) {
      walk.unknownFields.push(`unknown field ${JSON.stringify(path)}`);
      continue;
    }
    const below = { struct, fields: join(place.fields, key), path, depth: place.depth + 1 };
    const kept = withoutZeros(read(part, field, below, walk), field);
    if (kept !== undefined) entries.push([key, kept]);
  }
  return Object.fromEntries(entries);
}

function readList(value: unknown, schema: Schema, place: Place, walk: Walk): unknown {
  if (!Array.isArray(value)) return mismatch(walk, place, goValueOf(value), goTypeOf(schema));
  const items = schema.items ?? {};
  return value.map((item: unknown, index) => {
    const below = { ...place, path: `${place.path}[${index}]`, depth: place.depth + 1 };
    return read(item, items, below, walk) ?? emptyOf(items);
  });
}

function readMap(value: unknown, schema: Schema, place: Place, walk: Walk): unknown {
  if (!isRecord(value)) return mismatch(walk, place, goValueOf(value), goTypeOf(schema));
  const values = schema.additionalProperties ?? {};
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      const below = { ...place, path: join(place.path, key), depth: place.depth + 1 };
      return [key, read(part, values, below, walk) ?? emptyOf(values)];
    }),
  );
}

/** A null in a list or map is an element without content. */
function emptyOf({ type, format, ref, preserveUnknownFields }: Schema): unknown {
  if (preserveUnknownFields) return null;
  if (ref !== undefined) return {};
  switch (type) {
    case 'array':
      return [];
    case 'object':
      return {};
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return 0;
    default:
      return format === 'quantity' ? '0' : '';
  }
}

function mismatch(walk: Walk, { struct, fields }: Place, found: string, wanted: string): undefined {
  const target = struct ? `struct field ${struct}.${fields}` : 'value';
  return fail(walk, `json: cannot unmarshal ${found} into Go ${target} of type ${wanted}`);
}

function fail(walk: Walk, error: string): undefined {
  walk.error ??= error;
}

const join = (parent: string, field: string) => (parent ? `${parent}.${field}` : field);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
