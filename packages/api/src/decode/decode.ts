import { setOwnField } from '../own-field.ts';
import { definition } from '../schema.ts';
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

/** Where a value stands, as the way to it: only who finds something wrong there needs it in words. */
interface Place {
  readonly above: Place | undefined;
  /** Errors leave out the entries of maps and lists. */
  readonly kind: 'field' | 'entry' | 'index';
  readonly step: string | number;
  /** The innermost struct. */
  readonly struct: string;
  readonly depth: number;
}

const top: Place = { above: undefined, kind: 'field', step: '', struct: '', depth: 0 };

const under = (
  above: Place,
  kind: Place['kind'],
  step: string | number,
  struct = above.struct,
): Place => ({ above, kind, step, struct, depth: above.depth + 1 });

/** `spec.containers[0].name` */
function pathOf({ above, kind, step }: Place): string {
  if (!above) return '';
  return kind === 'index' ? `${pathOf(above)}[${step}]` : join(pathOf(above), String(step));
}

/** `spec.containers.name` */
function fieldsOf({ above, kind, step }: Place): string {
  if (!above) return '';
  return kind === 'field' ? join(fieldsOf(above), String(step)) : fieldsOf(above);
}

/** Reads a value of the named definition, such as `Pod` or `DeleteOptions`. Never throws for bad input. */
export function decode(value: unknown, name: string): Decoded {
  if (!definition(name)) throw new Error(`no definition ${name}`);
  const walk: Walk = { unknownFields: [] };
  const object = read(value, { ref: name }, top, walk);
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
  if (struct !== undefined) return readStruct(value, struct, place, walk);
  if (schema.type === 'array') return readList(value, schema, place, walk);
  if (schema.type === 'object') return readMap(value, schema, place, walk);
  const scalar = readScalar(value, schema);
  if ('value' in scalar) return scalar.value;
  return 'error' in scalar
    ? fail(walk, scalar.error)
    : mismatch(walk, place, scalar.mismatch.found, scalar.mismatch.wanted);
}

function readStruct(value: unknown, name: string, place: Place, walk: Walk): unknown {
  if (!isRecord(value)) return mismatch(walk, place, goValueOf(value), goTypeOf({ ref: name }));
  const properties = definition(name)?.properties ?? {};
  const struct = structName(name);
  const object: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const field = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!field) {
      const path = join(pathOf(place), key);
      walk.unknownFields.push(`unknown field ${JSON.stringify(path)}`);
      continue;
    }
    const below = under(place, 'field', key, struct);
    const kept = withoutZeros(read(value[key], field, below, walk), field);
    if (kept !== undefined) object[key] = kept;
  }
  return object;
}

function readList(value: unknown, schema: Schema, place: Place, walk: Walk): unknown {
  if (!Array.isArray(value)) return mismatch(walk, place, goValueOf(value), goTypeOf(schema));
  const items = schema.items ?? {};
  return value.map(
    (item: unknown, index) =>
      read(item, items, under(place, 'index', index), walk) ?? emptyOf(items),
  );
}

function readMap(value: unknown, schema: Schema, place: Place, walk: Walk): unknown {
  if (!isRecord(value)) return mismatch(walk, place, goValueOf(value), goTypeOf(schema));
  const values = schema.additionalProperties ?? {};
  const object: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const below = under(place, 'entry', key);
    setOwnField(object, key, read(value[key], values, below, walk) ?? emptyOf(values));
  }
  return object;
}

const structNames = new Map<string, string>();

/** How upstream names the type that a definition is made from. */
function structName(definitionName: string): string {
  const known = structNames.get(definitionName);
  if (known !== undefined) return known;
  const name = upstreamTypeOf(definitionName)?.name ?? definitionName;
  structNames.set(definitionName, name);
  return name;
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

function mismatch(walk: Walk, place: Place, found: string, wanted: string): undefined {
  const { struct } = place;
  const target = struct ? `struct field ${struct}.${fieldsOf(place)}` : 'value';
  return fail(walk, `json: cannot unmarshal ${found} into Go ${target} of type ${wanted}`);
}

function fail(walk: Walk, error: string): undefined {
  walk.error ??= error;
}

const join = (parent: string, field: string) => (parent ? `${parent}.${field}` : field);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
