import { isFields, ownField } from '../own-field.ts';
import { resolveSchema } from '../schema.ts';
import type { Schema } from '../schema.ts';
import { badRequest } from '../status.ts';
import { idOf, sortedLike, withoutDirectives, withoutNulls } from './elements.ts';
import type { Fields, Items } from './elements.ts';
import { formatGo, goTypeName } from './format-go.ts';
import { mergeKeyed } from './merge-keyed.ts';
import { inapplicable, unknownPatchType } from './patch-error.ts';

/** An object while it is being merged: names may be anything, and fields go. */
type Draft = Map<string, unknown>;

const retainKeys = '$retainKeys';
const elementOrder = '$setElementOrder';
const deletions = '$deleteFromPrimitiveList';

/**
 * Applies a strategic merge patch. `schema` is that of the object and says which lists merge and by which key; what it
 * does not know merges as in a JSON merge patch. Neither argument is changed.
 *
 * Throws BadRequest for directives of a wrong shape and for an object without schema.
 */
export function strategicMergePatch(
  current: unknown,
  patch: unknown,
  schema: Schema | undefined,
): unknown {
  if (!schema) throw badRequest('strategic merge patch format is not supported');
  if (!isFields(patch) || !isFields(current)) throw badRequest('invalid JSON document');
  return mergeMap(current, patch, schema);
}

function mergeMap(current: Fields, patch: Fields, schema: Schema | undefined): Fields {
  const directive = ownField(patch, '$patch');
  if (directive !== undefined) return replaceMap(directive, patch);
  const result: Draft = new Map(Object.entries(current));
  const rest: Draft = new Map(Object.entries(patch));
  applyRetainKeys(result, rest);
  mergeOrderedLists(result, rest, schema);
  for (const [name, value] of rest) mergeField(result, name, value, schema);
  return Object.fromEntries(result);
}

function replaceMap(directive: unknown, patch: Fields): Fields {
  if (directive === 'delete') return {};
  if (directive !== 'replace') throw unknownPatchType(directive, patch);
  const { $patch: _, ...rest } = patch;
  return withoutNulls(rest) as Fields;
}

/** Drops every field of `result` that the directive does not name. */
function applyRetainKeys(result: Draft, patch: Draft) {
  if (!patch.has(retainKeys)) return;
  const kept = patch.get(retainKeys);
  patch.delete(retainKeys);
  const wrong = () => badRequest('invalid patch format of retainKeys');
  if (!Array.isArray(kept)) throw wrong();
  const names = new Set<unknown>(kept);
  for (const [name, value] of patch) {
    const isDirective = name.startsWith(deletions) || name.startsWith(elementOrder);
    if (value !== null && !isDirective && !names.has(name)) throw wrong();
  }
  for (const name of [...result.keys()]) if (!names.has(name)) result.delete(name);
}

/** Merges the lists that have an order of their own, and takes them out of the patch. */
function mergeOrderedLists(result: Draft, patch: Draft, schema: Schema | undefined) {
  for (const [directive, order] of [...patch]) {
    if (!directive.startsWith(elementOrder)) continue;
    patch.delete(directive);
    const name = fieldOf(directive, elementOrder, 'invalid patch format of setElementOrder list');
    const list = listOf(result.get(name));
    const patchList = listOf(patch.get(name));
    const merged = mergeOrdered(list, patchList, listOf(order) ?? [], fieldSchema(schema, name));
    if (merged) result.set(name, merged);
    patch.delete(name);
  }
}

function listOf(value: unknown): Items | undefined {
  if (value === undefined || Array.isArray(value)) return value;
  throw badRequest(`expected a []interface {}, but received a ${goTypeName(value)}`);
}

function mergeOrdered(
  current: Items | undefined,
  patch: Items | undefined,
  order: Items,
  schema: Schema | undefined,
): Items | undefined {
  const mergeKey = schema?.patchMergeKey;
  validateOrder(patch ?? [], order, mergeKey);
  if (!current || !patch) {
    const only = current ?? (withoutDirectives(patch) as Items | undefined);
    return only && sortedLike(only, order, current ?? [], mergeKey);
  }
  const merged = mergeList(current, patch, schema);
  return sortedLike(merged, order, refilled(current, merged, patch, mergeKey), mergeKey);
}

/** The list as it stood, with what the patch adds in the places of what it deletes. */
function refilled(
  current: Items,
  merged: Items,
  patch: Items,
  mergeKey: string | undefined,
): Items {
  const left = new Set(merged.map((item) => idOf(item, mergeKey)));
  const before = new Set(current.map((item) => idOf(item, mergeKey)));
  const added = patch.filter(
    (item) =>
      !isMarked(item) && left.has(idOf(item, mergeKey)) && !before.has(idOf(item, mergeKey)),
  );
  const kept = current.filter((item) => left.has(idOf(item, mergeKey)));
  return [...kept, ...added].slice(0, current.length);
}

const isMarked = (item: unknown) => isFields(item) && Object.hasOwn(item, '$patch');

/** What the patch says of elements must stand in the order that it asks for. */
function validateOrder(patch: Items, order: Items, mergeKey: string | undefined) {
  if (patch.length === 0 || order.length === 0) return;
  const ids = order.map((item) => idOf(item, mergeKey));
  let at = 0;
  for (const item of patch) {
    if (isMarked(item)) continue;
    const id = idOf(item, mergeKey);
    while (at < ids.length && ids[at] !== id) at++;
    if (at++ === ids.length) {
      throw badRequest(
        `The order in patch list:\n${formatGo(patch)}\n doesn't match ${elementOrder} list:\n${formatGo(order)}\n`,
      );
    }
  }
}

function mergeField(result: Draft, name: string, value: unknown, schema: Schema | undefined) {
  if (name.startsWith(deletions)) return deleteItems(result, name, value);
  if (value === null) {
    result.delete(name);
    return;
  }
  const before = result.get(name);
  const merged =
    isFields(before) && isFields(value)
      ? mergeMapField(before, value, fieldSchema(schema, name))
      : Array.isArray(before) && Array.isArray(value)
        ? mergeList(before, value, fieldSchema(schema, name))
        : withoutDirectives(withoutNulls(value));
  if (merged === undefined) result.delete(name);
  else result.set(name, merged);
}

function deleteItems(result: Draft, directive: string, value: unknown) {
  const name = fieldOf(directive, deletions, 'invalid patch format of primitive list');
  const before = result.get(name);
  if (value === null) {
    result.delete(name);
  } else if (Array.isArray(before) && Array.isArray(value)) {
    const dropped = new Set<unknown>(value);
    if (before.some(isFields)) throw badRequest('expected a list of scalars to delete from');
    result.set(
      name,
      before.filter((item) => !dropped.has(item)),
    );
  }
}

function mergeMapField(current: Fields, patch: Fields, schema: Schema | undefined): unknown {
  if (schema?.patchStrategy?.includes('replace')) return withoutNulls(patch);
  return mergeMap(current, patch, schema && resolveSchema(schema));
}

function mergeList(current: Items, patch: Items, schema: Schema | undefined): Items {
  if (!schema?.patchStrategy?.includes('merge')) return patch;
  if (current.length === 0 && patch.length === 0) return current;
  const mergeKey = schema.patchMergeKey;
  if (!holdsMaps([...current, ...patch])) {
    const merged = [...new Set([...current, ...patch])];
    return sortedLike(merged, patch, current, undefined);
  }
  if (mergeKey === undefined) throw badRequest('cannot merge lists without merge key for struct');
  const itemSchema = schema.items && resolveSchema(schema.items);
  return mergeKeyed(current, patch, mergeKey, (a, b) => mergeMap(a, b, itemSchema));
}

/** All elements must be of one kind. */
function holdsMaps(items: Items): boolean {
  const types = new Set(items.map(goTypeName));
  if (types.has('[]interface {}')) throw inapplicable('lists of lists are not supported');
  if (types.size > 1) {
    throw badRequest(`list element types are not identical: ${formatGo(items)}`);
  }
  return types.has('map[string]interface {}');
}

/** `$setElementOrder/name` → `name` */
function fieldOf(directive: string, prefix: string, otherwise: string): string {
  if (!directive.startsWith(`${prefix}/`)) throw badRequest(otherwise);
  return directive.slice(prefix.length + 1);
}

/** The schema of a field, with its own patch behaviour; a map's values share one. */
const fieldSchema = (schema: Schema | undefined, name: string): Schema | undefined =>
  schema?.properties && Object.hasOwn(schema.properties, name)
    ? schema.properties[name]
    : schema?.additionalProperties;
