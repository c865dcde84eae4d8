import type { ManagedFieldsEntry } from '../gen/types.ts';
import { isFields, ownField } from '../own-field.ts';
import { encodeManagers } from './managers.ts';
import type { Managers } from './managers.ts';

type Fields = Readonly<Record<string, unknown>>;

export const metadataOf = (object: unknown): Fields => {
  const metadata = isFields(object) ? ownField(object, 'metadata') : undefined;
  return isFields(metadata) ? metadata : {};
};

/** Undefined when the object says nothing of managers, as against an empty list. */
export function entriesOf(object: unknown): readonly ManagedFieldsEntry[] | undefined {
  const entries = ownField(metadataOf(object), 'managedFields');
  return Array.isArray(entries) ? (entries as readonly ManagedFieldsEntry[]) : undefined;
}

export function withoutManagers<T>(object: T): T {
  if (!isFields(object) || !isFields(object['metadata'])) return object;
  const { managedFields: _, ...metadata } = object['metadata'];
  return { ...object, metadata };
}

export function withManagers<T>(object: T, managers: Managers): T {
  const bare = withoutManagers(object);
  if (managers.size === 0) return bare;
  const metadata = { ...metadataOf(bare), managedFields: encodeManagers(managers) };
  return { ...bare, metadata };
}
