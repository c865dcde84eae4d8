import { isFields, ownField } from '../own-field.ts';
import { resolveSchema } from '../schema.ts';
import type { Schema } from '../schema.ts';
import { keyElement, valueElement } from './path-element.ts';

/** How server-side apply sees a value. Without schema, maps are granular and lists are atomic. */
export type Shape =
  | { readonly kind: 'scalar'; readonly type: 'string' | 'numeric' | 'boolean' | 'untyped' }
  | ListShape
  | MapShape
  | { readonly kind: 'any' };

export interface ListShape {
  readonly kind: 'list';
  readonly isAtomic: boolean;
  readonly item: Schema | undefined;
  /** The path element of an element of an associative list; throws PathElementError when it has none. */
  elementOf(item: unknown): string;
}

export interface MapShape {
  readonly kind: 'map';
  readonly isAtomic: boolean;
  /** A field of a struct, as against an entry of a map. */
  isDeclared(name: string): boolean;
  /** Neither a field of the struct nor an entry that the map could have. */
  isUnknown(name: string): boolean;
  schemaOf(name: string): Schema | undefined;
}

export class PathElementError extends Error {}

const shapes = new WeakMap<Schema, Shape>();

export function shapeOf(schema: Schema | undefined, value: unknown): Shape {
  if (!schema) return deducedShape(value);
  const shape = declaredShape(schema);
  return shape.kind === 'any' ? atomicShape(value) : shape;
}

function declaredShape(schema: Schema): Shape {
  let shape = shapes.get(schema);
  if (!shape) shapes.set(schema, (shape = makeShape(resolveSchema(schema))));
  return shape;
}

/** Any JSON may stand where this schema does. */
export const isOpaque = (schema: Schema): boolean => declaredShape(schema).kind === 'any';

function makeShape(schema: Schema): Shape {
  switch (schema.type) {
    case 'array':
      return listShape(schema);
    case 'object':
      return schema.properties || schema.additionalProperties ? mapShape(schema) : { kind: 'any' };
    case 'integer':
    case 'number':
      return { kind: 'scalar', type: 'numeric' };
    case 'boolean':
      return { kind: 'scalar', type: 'boolean' };
    case 'string':
      return { kind: 'scalar', type: schema.format === 'quantity' ? 'untyped' : 'string' };
    case 'int-or-string':
      return { kind: 'scalar', type: 'untyped' };
    default:
      return { kind: 'any' };
  }
}

function mapShape(schema: Schema): MapShape {
  const { properties = {}, additionalProperties, preserveUnknownFields, mapType } = schema;
  const isDeclared = (name: string) => Object.hasOwn(properties, name);
  return {
    kind: 'map',
    isAtomic: mapType === 'atomic',
    isDeclared,
    isUnknown: (name) => !isDeclared(name) && !additionalProperties && !preserveUnknownFields,
    schemaOf: (name) => (isDeclared(name) ? properties[name] : additionalProperties),
  };
}

function listShape({ items, listType, listMapKeys = [] }: Schema): ListShape {
  return {
    kind: 'list',
    isAtomic: listType !== 'set' && listType !== 'map',
    item: items,
    elementOf:
      listType === 'map' ? (item) => keyOf(item, listMapKeys, items) : (item) => setElement(item),
  };
}

/** A missing key counts as its default; one without default is left out of the path. */
function keyOf(item: unknown, keys: readonly string[], schema: Schema | undefined): string {
  if (item === null) {
    throw new PathElementError('associative list with keys may not have a null element');
  }
  if (!isFields(item)) {
    throw new PathElementError('associative list with keys may not have non-map elements');
  }
  const properties = schema ? resolveSchema(schema).properties : undefined;
  const entries = keys
    .map((key) => [key, ownField(item, key) ?? properties?.[key]?.default] as const)
    .filter(([, value]) => value !== undefined);
  if (entries.length > 0) return keyElement(Object.fromEntries(entries));
  throw new PathElementError(
    `associative list with keys has an element that omits all key fields [${keys.map((key) => JSON.stringify(key)).join(' ')}] (and doesn't have default values for any key fields)`,
  );
}

function setElement(item: unknown): string {
  if (isFields(item)) {
    throw new PathElementError("associative list without keys has an element that's a map type");
  }
  if (Array.isArray(item)) {
    throw new PathElementError('not supported: associative list with lists as elements');
  }
  if (item === null) {
    throw new PathElementError(
      "associative list without keys has an element that's an explicit null",
    );
  }
  return valueElement(item);
}

const untyped: Shape = { kind: 'scalar', type: 'untyped' };
const deducedMap: MapShape = {
  kind: 'map',
  isAtomic: false,
  isDeclared: () => false,
  isUnknown: () => false,
  schemaOf: () => undefined,
};
const atomicList: ListShape = {
  kind: 'list',
  isAtomic: true,
  item: undefined,
  elementOf: setElement,
};

const deducedShape = (value: unknown): Shape =>
  Array.isArray(value) ? atomicList : isFields(value) ? deducedMap : untyped;

const atomicShape = (value: unknown): Shape =>
  Array.isArray(value) ? atomicList : isFields(value) ? { ...deducedMap, isAtomic: true } : untyped;
