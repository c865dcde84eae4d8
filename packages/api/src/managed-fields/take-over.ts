import type { Schema } from '../schema.ts';
import { compare } from './compare.ts';
import type { Comparison } from './compare.ts';
import { difference, emptySet, intersection, union } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { withoutReset } from './managers.ts';
import type { Manager, Managers } from './managers.ts';

export interface Change {
  readonly before: unknown;
  readonly after: unknown;
  readonly schema: Schema | undefined;
  /** The version that the objects are in. Claims made in other versions are left alone. */
  readonly apiVersion: string;
  readonly resetFields?: FieldSet | undefined;
}

export interface TakeOver {
  /** The other managers without the fields that the change took from them. */
  readonly managers: Managers;
  /** What it took from whom, by the manager's identity. */
  readonly conflicts: ReadonlyMap<string, FieldSet>;
  readonly comparison: Comparison;
}

/** What a change means for everyone but `author`: they lose the fields that it set to something else or removed. */
export function takeOver(change: Change, managers: Managers, author: string): TakeOver {
  const comparison = compareWithoutReset(change);
  const changed = union(comparison.modified, comparison.added);
  const conflicts = new Map<string, FieldSet>();
  const left = new Map<string, Manager>();
  for (const [id, manager] of managers) {
    if (id === author || manager.apiVersion !== change.apiVersion) {
      left.set(id, manager);
      continue;
    }
    const taken = intersection(manager.fields, changed);
    if (taken.size > 0) conflicts.set(id, taken);
    const fields = difference(difference(manager.fields, taken), comparison.removed);
    if (fields.size > 0) left.set(id, { ...manager, fields });
  }
  return { managers: left, conflicts, comparison };
}

function compareWithoutReset({
  before,
  after,
  schema,
  resetFields = emptySet,
}: Change): Comparison {
  const { added, modified, removed } = compare(before, after, schema);
  return {
    added: withoutReset(added, resetFields),
    modified: withoutReset(modified, resetFields),
    removed: withoutReset(removed, resetFields),
  };
}
