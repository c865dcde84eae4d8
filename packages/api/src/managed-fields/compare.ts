import { isFields, ownField } from '../own-field.ts';
import { isEqual } from '../patch/is-equal.ts';
import type { Schema } from '../schema.ts';
import { graft, insert } from './field-set.ts';
import type { FieldDraft, FieldSet, FieldSetDraft } from './field-set.ts';
import { fieldElement } from './path-element.ts';
import { shapeOf } from './shape.ts';
import type { ListShape, MapShape } from './shape.ts';

/** No field is in more than one of the three. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** What differs between two objects of one schema. `undefined` is an object that does not exist. */
export function compare(before: unknown, after: unknown, schema: Schema | undefined): Comparison {
  const drafts = { added: new Map(), modified: new Map(), removed: new Map() } satisfies Drafts;
  compareValues(drafts, [], before ?? {}, after ?? {}, schema);
  return drafts;
}

type Drafts = Readonly<Record<keyof Comparison, FieldSetDraft>>;
/** The way to the values that are compared: steps are put on it and taken off again on the way down and up. */
type Way = string[];
type Fields = Readonly<Record<string, unknown>>;

function compareValues(
  drafts: Drafts,
  path: Way,
  before: unknown,
  after: unknown,
  schema: Schema | undefined,
) {
  if (before === after) return;
  if (before === undefined) return graft(drafts.added, path, wholeOf(after, schema));
  if (after === undefined) return graft(drafts.removed, path, wholeOf(before, schema));
  const shape = shapeOf(schema, after);
  const isGranular =
    (shape.kind === 'map' || shape.kind === 'list') && !shape.isAtomic && isFilled(before, after);
  if (isGranular && shape.kind === 'map' && isMapLike(before) && isMapLike(after)) {
    compareFields(drafts, path, before, after, shape);
  } else if (isGranular && shape.kind === 'list' && isListLike(before) && isListLike(after)) {
    compareItems(drafts, path, before ?? [], after ?? [], shape);
  } else if (!isEqual(before, after)) {
    insert(drafts.modified, path);
  }
}

/** A value that only one side has, with all that it holds. */
function wholeOf(value: unknown, schema: Schema | undefined): FieldDraft {
  const shape = shapeOf(schema, value);
  const children: FieldSetDraft = new Map();
  if (shape.kind === 'map' && !shape.isAtomic && isFields(value)) {
    for (const name of Object.keys(value)) {
      const ofField = shape.schemaOf(name);
      const held = side(value, name, isAlwaysPresent(name, ofField));
      if (held !== undefined) children.set(fieldElement(name), wholeOf(held, ofField));
    }
  } else if (shape.kind === 'list' && !shape.isAtomic && Array.isArray(value)) {
    for (const [element, items] of byElement(value, shape)) {
      const isOne = items.length === 1;
      children.set(
        element,
        isOne ? wholeOf(items[0], shape.item) : { isMember: true, children: new Map() },
      );
    }
  }
  return { isMember: true, children };
}

/** What is empty on both sides is a leaf, so that null, nothing and empty stay apart. */
const isFilled = (before: unknown, after: unknown) => sizeOf(before) + sizeOf(after) > 0;
const sizeOf = (value: unknown) =>
  typeof value === 'object' && value !== null ? Object.keys(value).length : 0;

const isAbsent = (value: unknown) => value === undefined || value === null;
const isMapLike = (value: unknown): value is Fields | undefined | null =>
  isAbsent(value) || isFields(value);
const isListLike = (value: unknown): value is readonly unknown[] | undefined | null =>
  isAbsent(value) || Array.isArray(value);

function compareFields(
  drafts: Drafts,
  path: Way,
  before: Fields | undefined | null,
  after: Fields | undefined | null,
  shape: MapShape,
) {
  for (const name of namesOf(before, after)) {
    const schema = shape.schemaOf(name);
    const isPresent = isAlwaysPresent(name, schema);
    path.push(fieldElement(name));
    compareValues(
      drafts,
      path,
      side(before, name, isPresent),
      side(after, name, isPresent),
      schema,
    );
    path.pop();
  }
}

/** The names of both, those of `before` first. */
function namesOf(before: Fields | undefined | null, after: Fields | undefined | null) {
  if (!before) return Object.keys(after ?? {});
  const names = Object.keys(before);
  if (after)
    for (const name of Object.keys(after)) if (!Object.hasOwn(before, name)) names.push(name);
  return names;
}

function side(fields: Fields | undefined | null, name: string, isPresent: boolean): unknown {
  const value = fields ? ownField(fields, name) : undefined;
  return value === undefined && fields && isPresent ? {} : value;
}

/**
 * Structs that every object of their kind has, empty or not: nobody adds or removes them. Upstream they are fields
 * that hold a value and not a pointer.
 */
const alwaysPresent = new Set([
  'daemonEndpoints',
  'jobTemplate',
  'kubeletEndpoint',
  'lastState',
  'loadBalancer',
  'metadata',
  'nodeInfo',
  'spec',
  'state',
  'status',
  'strategy',
  'template',
  'updateStrategy',
]);

const isAlwaysPresent = (name: string, schema: Schema | undefined) =>
  schema?.ref !== undefined && alwaysPresent.has(name);

function compareItems(
  drafts: Drafts,
  path: Way,
  before: readonly unknown[],
  after: readonly unknown[],
  shape: ListShape,
) {
  const left = byElement(before, shape);
  const right = byElement(after, shape);
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const olds = left.get(element) ?? [];
    const news = right.get(element) ?? [];
    const item = (a: unknown, b: unknown) => compareValues(drafts, path, a, b, shape.item);
    path.push(element);
    if (olds.length <= 1 && news.length <= 1) {
      item(olds[0], news[0]);
    } else if (olds.length > 1 && news.length > 1) {
      if (!isEqual(olds, news)) insert(drafts.modified, path);
    } else if (olds.length > 1) {
      if (news.length > 0) item(undefined, news[0]);
      insert(drafts.removed, path);
    } else {
      if (olds.length > 0) item(olds[0], undefined);
      insert(drafts.added, path);
    }
    path.pop();
  }
}

function byElement(items: readonly unknown[], shape: ListShape): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>();
  for (const item of items) {
    const element = shape.elementOf(item);
    const group = groups.get(element);
    if (group) group.push(item);
    else groups.set(element, [item]);
  }
  return groups;
}
