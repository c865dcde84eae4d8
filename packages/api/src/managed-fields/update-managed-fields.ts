import type { ManagedFieldsEntry } from '../gen/types.ts';
import type { Schema } from '../schema.ts';
import { difference, union } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { entriesOf, metadataOf, withManagers, withoutManagers } from './managed-object.ts';
import {
  capUpdaters,
  decodeManagers,
  managerId,
  withoutIdentity,
  withoutReset,
} from './managers.ts';
import type { Manager, Managers } from './managers.ts';
import { PathElementError } from './shape.ts';
import { takeOver } from './take-over.ts';

export interface Update<T> {
  /** What is stored; undefined for a new object. */
  readonly before: T | undefined;
  /** What is about to be stored, defaults filled in. */
  readonly after: T;
  /** Who writes: the field manager of the request, or what its user agent says. */
  readonly manager: string;
  readonly subresource?: string | undefined;
  /** RFC 3339, in whole seconds. */
  readonly time: string;
  readonly apiVersion: string;
  readonly schema: Schema | undefined;
  /** Fields that a request of this kind cannot change. */
  readonly resetFields?: FieldSet | undefined;
}

/**
 * The object to store after a create, an update or a patch, with `metadata.managedFields` brought up to date: what
 * changed now belongs to the writer alone. An object whose managers were erased stays without them.
 */
export function updateManagedFields<T>(update: Update<T>): T {
  const { before, after, subresource } = update;
  const managers = managersOf(before, after, subresource !== undefined && subresource !== '');
  const isTracked = managers.size > 0 || !metadataOf(before)['uid'];
  if (!isTracked) return withoutManagers(after);
  try {
    return withManagers(after, withUpdate(update, managers));
  } catch (err) {
    // A list element without its key cannot be claimed. The write is not refused for that.
    if (err instanceof PathElementError) return withoutManagers(after);
    throw err;
  }
}

/** Also used for what existed before anyone applied. */
export function withUpdate<T>(update: Update<T>, before: Managers): Managers {
  const { manager, subresource = '', time, apiVersion, schema, resetFields } = update;
  const change = {
    before: withoutManagers(update.before),
    after: withoutManagers(update.after),
    schema,
    apiVersion,
    resetFields,
  };
  // No identity: an earlier claim of the same manager gives up its fields, too, and gets them back below.
  const { managers, comparison } = takeOver(change, before, '');
  const { added, modified, removed } = comparison;
  const changed = union(modified, added);
  const fields = withoutIdentity(withoutReset(difference(changed, removed), resetFields));
  if (fields.size === 0) return managers;
  const writer: Manager = {
    name: manager || 'unknown',
    operation: 'Update',
    apiVersion,
    subresource,
    time,
    fields,
  };
  const id = managerId(writer);
  const earlier = managers.get(id);
  return capUpdaters(
    new Map(managers).set(id, {
      ...writer,
      fields: earlier ? union(fields, earlier.fields) : fields,
    }),
  );
}

/**
 * Who manages what so far. A client may set the list itself, through the object but not through a subresource; an
 * empty list erases it, and one that cannot be read counts as none.
 */
function managersOf(before: unknown, after: unknown, isSubresource: boolean): Managers {
  const stored = () => decodeOrNone(entriesOf(before) ?? []);
  if (isSubresource) return stored();
  const entries = entriesOf(after);
  if (entries && isReset(entries)) return new Map();
  const managers = decodeOrNone(entries ?? []);
  return managers.size > 0 ? managers : stored();
}

const isReset = (entries: readonly ManagedFieldsEntry[]) =>
  entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] ?? {}).length === 0);

function decodeOrNone(entries: readonly ManagedFieldsEntry[]): Managers {
  try {
    return decodeManagers(entries);
  } catch {
    return new Map();
  }
}
