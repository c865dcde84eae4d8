import {
  isDeepEqual,
  at,
  duplicate,
  goQuote,
  invalidValue,
  notSupported,
  required,
  stringifyJson,
  typeInvalid,
} from '@berth/api';
import type { FieldError, JSONSchemaProps } from '@berth/api';
import { validateScalar } from './validate-scalar.ts';
import { fieldOf, isOwnField, isValues, itemsOf } from './structural.ts';
import type { Values } from './structural.ts';

/** A value with what stood in its place before; an update may keep what it did not write. */
interface Place {
  readonly path: string;
  readonly value: unknown;
  readonly old: unknown;
}

/**
 * What a value has against its schema. Problems of what is as it was in `old` are left out: an object may be
 * changed although its schema has become stricter.
 */
export const validateValue = (
  value: unknown,
  schema: JSONSchemaProps,
  { path = '', old }: { readonly path?: string; readonly old?: unknown } = {},
): readonly FieldError[] => validate({ path, value, old }, schema);

const wasSo = ({ value, old }: Place) => old !== undefined && isSame(value, old);

/** Null and nothing are not the same here. */
const isSame = (a: unknown, b: unknown) =>
  isDeepEqual(a, b) && (typeof a === 'object' || stringifyJson(a) === stringifyJson(b));

function validate(place: Place, schema: JSONSchemaProps): readonly FieldError[] {
  if (wasSo(place)) return [];
  const { value, path } = place;
  if (value === null && schema.nullable) return [];
  const wrongType = typeProblem(value, schema);
  if (wrongType !== undefined) return [typeInvalidAt(path, value, wrongType)];
  return [
    ...enumProblems(place, schema),
    ...validateScalar(path, value, schema),
    ...listProblems(place, schema),
    ...objectProblems(place, schema),
    ...junctorProblems(place, schema),
  ];
}

const bodyOf = (path: string) => (path === '' ? '<nil>' : path);

const typeInvalidAt = (path: string, value: unknown, wanted: string) => {
  const found = typeOf(value);
  const name = path ? `${path} in body` : ' in body';
  return typeInvalid(bodyOf(path), found, `${name} must be of type ${wanted}: ${goQuote(found)}`);
};

/** The type that a value should have, when it has another. */
function typeProblem(value: unknown, schema: JSONSchemaProps): string | undefined {
  if (schema['x-kubernetes-int-or-string']) {
    return ['integer', 'string'].includes(typeOf(value)) ? undefined : 'integer,string';
  }
  const { type } = schema;
  const found = typeOf(value);
  if (!type || type === found || (type === 'number' && found === 'integer')) return undefined;
  return type;
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'bigint') return 'integer';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}

function enumProblems(
  { path, value }: Place,
  { enum: allowed }: JSONSchemaProps,
): readonly FieldError[] {
  if (!allowed?.length || allowed.some((one) => isSame(one, value))) return [];
  const texts = allowed.map((one) => (typeof one === 'string' ? one : stringifyJson(one)));
  return [notSupported(bodyOf(path), value, texts)];
}

function listProblems(place: Place, schema: JSONSchemaProps): readonly FieldError[] {
  const { path, value, old } = place;
  if (!Array.isArray(value)) return [];
  const items = itemsOf(schema);
  const before = previousItems(schema, old);
  return [
    ...(items
      ? value.flatMap((item: unknown, index) =>
          validate({ path: at(path, index), value: item, old: before(item) }, items),
        )
      : []),
    ...duplicateItems(path, value, schema),
  ];
}

type KeyOf = (item: unknown) => string | undefined;

/** What tells the elements of a list apart; nothing does in an atomic one. */
function keyFor(schema: JSONSchemaProps): KeyOf | undefined {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return stringifyJson;
    case 'map':
      return (item) =>
        isValues(item) ? stringifyJson(keys.map((key) => item[key] ?? null)) : undefined;
    default:
      return undefined;
  }
}

function previousItems(schema: JSONSchemaProps, old: unknown): (item: unknown) => unknown {
  const keyOf = keyFor(schema);
  if (!keyOf || !Array.isArray(old)) return () => undefined;
  const byKey = new Map<string | undefined, unknown>(
    old.map((item: unknown) => [keyOf(item), item]),
  );
  return (item) => byKey.get(keyOf(item));
}

function duplicateItems(
  path: string,
  list: readonly unknown[],
  schema: JSONSchemaProps,
): readonly FieldError[] {
  const keyOf = keyFor(schema);
  if (!keyOf) return [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const shown = (item: unknown) =>
    schema['x-kubernetes-list-type'] === 'map' && isValues(item)
      ? Object.fromEntries(keys.flatMap((key) => (key in item ? [[key, item[key]]] : [])))
      : item;
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const key = keyOf(item);
    if (key === undefined) return [];
    if (seen.has(key)) return [duplicate(at(path, index), shown(item))];
    seen.add(key);
    return [];
  });
}

function objectProblems(place: Place, schema: JSONSchemaProps): readonly FieldError[] {
  const { path, value, old } = place;
  if (!isValues(value)) return [];
  const isObject = path === '' || schema['x-kubernetes-embedded-resource'] === true;
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name));
  return [
    ...missing.map((name) => required(at(path, name))),
    ...(path !== '' && isObject ? embeddedProblems(path, value) : []),
    ...Object.entries(value).flatMap(([name, part]) => {
      const field = fieldOf(schema, name);
      if (!field || (isObject && isOwnField(name) && name !== 'metadata')) return [];
      const before = isValues(old) && Object.hasOwn(old, name) ? old[name] : undefined;
      return validate({ path: at(path, name), value: part, old: before }, field);
    }),
  ];
}

/** An object in an object says what it is. */
const embeddedProblems = (path: string, value: Values): readonly FieldError[] =>
  ['apiVersion', 'kind'].flatMap((name) => {
    const text = value[name];
    if (text === undefined || text === '') return [required(at(path, name), 'must not be empty')];
    return typeof text === 'string' ? [] : [invalidValue(at(path, name), text, 'must be a string')];
  });

/** allOf, anyOf, oneOf and not. */
function junctorProblems(place: Place, schema: JSONSchemaProps): readonly FieldError[] {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const { path, value } = place;
  const fits = (one: JSONSchemaProps) => validate({ ...place, old: undefined }, one).length === 0;
  const failed = allOf.flatMap((one) => validate(place, one));
  const found = oneOf.filter(fits).length;
  const refuse = (why: string) =>
    invalidValue(bodyOf(path), shownValue(value), `${goQuote(path)} ${why}`);
  return [
    ...failed,
    ...(failed.length > 0 ? [refuse('must validate all the schemas (allOf)')] : []),
    ...(anyOf.length > 0 && !anyOf.some(fits)
      ? [refuse('must validate at least one schema (anyOf)')]
      : []),
    ...(oneOf.length > 0 && found !== 1
      ? [
          refuse(
            `must validate one and only one schema (oneOf). Found ${found === 0 ? 'none valid' : `${found} valid alternatives`}`,
          ),
        ]
      : []),
    ...(not && fits(not) ? [refuse('must not validate the schema (not)')] : []),
  ];
}

const shownValue = (value: unknown) => value ?? '';
