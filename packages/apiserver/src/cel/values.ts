import { Optional } from '@marcbachmann/cel-js';
import { lazyMap } from './lazy-map.ts';
import type { MapSource } from './lazy-map.ts';
import type { CelType, MapType, ObjectType } from './types.ts';
import { isObjectType } from './types.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What conversion must know of an environment. */
export interface ValueContext {
  /** Objects of a type have its own prototype: that is how the expression library knows them. */
  prototypeOf(type: ObjectType): object;
  duration(text: string): unknown;
}

/** A JSON value as expressions see it; what is already such a value stays. Objects are converted as they are read. */
export function toCel(value: unknown, type: CelType, context: ValueContext): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return fromNumber(value, type);
  if (typeof value === 'string') return fromText(value, type, context);
  if (Array.isArray(value)) {
    const item = typeof type === 'object' && 'list' in type ? type.list : 'dyn';
    return value.map((one) => toCel(one, item, context));
  }
  if (value instanceof Optional) return fromOptional(value, type, context);
  if (!isPlain(value)) return value;
  if (isObjectType(type)) return fromObject(value, type, context);
  const inner: CelType = isMapType(type) ? type.map : 'dyn';
  return lazyMap(plainSource(value, (one) => toCel(one, inner, context)));
}

function fromOptional(value: Optional, type: CelType, context: ValueContext): Optional {
  const inner = typeof type === 'object' && 'optional' in type ? type.optional : 'dyn';
  return value.hasValue() ? Optional.of(toCel(value.value(), inner, context)) : value;
}

const isMapType = (type: CelType): type is MapType => typeof type === 'object' && 'map' in type;

function isPlain(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function fromNumber(value: number, type: CelType): unknown {
  if (type === 'double') return value;
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? BigInt(value) : value;
}

function fromText(value: string, type: CelType, context: ValueContext): unknown {
  switch (type) {
    case 'timestamp':
      return new Date(value);
    case 'duration':
      return context.duration(value);
    case 'bytes':
      return Uint8Array.from(Buffer.from(value, 'base64'));
    default:
      return value;
  }
}

const plainSource = (fields: Fields, convert: (value: unknown) => unknown): MapSource => ({
  has: (key) => Object.hasOwn(fields, key) && fields[key] !== undefined,
  get: (key) => convert(fields[key]),
  keys: () => Object.keys(fields).filter((key) => fields[key] !== undefined),
});

function fromObject(fields: Fields, type: ObjectType, context: ValueContext): unknown {
  const { dataNames = {} } = type;
  const dataName = (key: string) => (Object.hasOwn(dataNames, key) ? dataNames[key]! : key);
  // An absent field and one that is null are the same where the type does not allow null.
  const has = (key: string) => {
    if (!Object.hasOwn(type.fields, key)) return false;
    const name = dataName(key);
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return value !== undefined && (value !== null || type.fields[key] === 'dyn');
  };
  const source: MapSource = {
    has,
    get: (key) => toCel(fields[dataName(key)], type.fields[key] ?? 'dyn', context),
    keys: () => Object.keys(type.fields).filter(has),
  };
  return lazyMap(source, context.prototypeOf(type));
}

/** A result as JSON. What JSON has no word for becomes its text. */
export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return jsonInteger(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Optional) return value.hasValue() ? toJson(value.value()) : undefined;
  if (value instanceof Map) return fieldsOf([...(value as Map<unknown, unknown>)]);
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (isPlain(value)) return fieldsOf(Object.entries(value));
  return textOf(value);
}

const jsonInteger = (value: bigint): unknown =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)
    ? Number(value)
    : value;

/** The text of durations and of opaque values that wrap something with a text. */
function textOf(value: object): string {
  const inner: unknown = 'value' in value ? value.value : value;
  return String(inner);
}

function fieldsOf(entries: readonly (readonly [unknown, unknown])[]): Fields {
  const converted = entries.map(([key, value]) => [String(key), toJson(value)] as const);
  return Object.fromEntries(converted.filter(([, value]) => value !== undefined));
}

/** How much work it is to look at all of a value, counted no further than `limit`. */
export function sizeOf(value: unknown, limit: number): number {
  if (typeof value === 'string') return 1 + value.length / 10;
  if (typeof value !== 'object' || value === null) return 1;
  let size = 1;
  const inner = Array.isArray(value)
    ? (value as unknown[])
    : value instanceof Map
      ? (value as Map<unknown, unknown>).values()
      : isPlain(value)
        ? Object.values(value)
        : [];
  for (const one of inner) {
    size += sizeOf(one, limit - size);
    if (size >= limit) return size;
  }
  return size;
}
