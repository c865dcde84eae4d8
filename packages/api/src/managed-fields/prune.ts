import type { Schema } from '../schema.ts';
import { difference, emptySet, intersection, union } from './field-set.ts';
import type { FieldNode, FieldSet } from './field-set.ts';
import type { Managers } from './managers.ts';
import { ownedFields } from './owned-fields.ts';
import { removeFields } from './remove-fields.ts';
import { shapeOf } from './shape.ts';

/**
 * Removes what an applier claimed last time and does not claim now, unless someone else claims it. What lies below
 * such a field and belongs to others, or to nobody, keeps it alive.
 */
export function prune(
  merged: unknown,
  lastFields: FieldSet,
  managers: Managers,
  apiVersion: string,
  schema: Schema | undefined,
): unknown {
  if (lastFields.size === 0) return merged;
  const named = (set: FieldSet) => withNamedParents(set, schema);
  const claimed = [...managers.values()]
    .filter((manager) => manager.apiVersion === apiVersion)
    .reduce((set, { fields }) => union(set, fields), emptySet);
  const all = named(ownedFields(merged, schema));
  const fieldsWithout = (set: FieldSet) =>
    named(ownedFields(removeFields(merged, set, schema), schema));
  const keptWithOwned = union(fieldsWithout(named(lastFields)), named(claimed));
  const keptWithDangling = fieldsWithout(difference(all, keptWithOwned));
  return removeFields(
    merged,
    intersection(difference(all, keptWithDangling), named(lastFields)),
    schema,
  );
}

/** The set with every struct field that something of it lies in. */
function withNamedParents(set: FieldSet, schema: Schema | undefined): FieldSet {
  const result = new Map<string, FieldNode>();
  for (const [element, node] of set) {
    const { isDeclared, inner } = step(element, schema);
    const isMember = node.isMember || (isDeclared && node.children.size > 0);
    result.set(element, { isMember, children: withNamedParents(node.children, inner) });
  }
  return result;
}

function step(element: string, schema: Schema | undefined) {
  const shape = schema && shapeOf(schema, {});
  if (shape?.kind === 'map' && element.startsWith('f:')) {
    const name = element.slice(2);
    return { isDeclared: shape.isDeclared(name), inner: shape.schemaOf(name) };
  }
  if (shape?.kind === 'list' && element.startsWith('k:')) {
    return { isDeclared: false, inner: shape.item };
  }
  return { isDeclared: false, inner: undefined };
}
