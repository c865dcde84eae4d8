import { formatYaml } from '@berth/api';
import type { KubeObject } from '@berth/api';

/** JSON as kubectl prints it: four blanks, and nothing in it that steers a terminal. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, undefined, 4);
  // JSON.stringify escapes what ASCII has of control characters; these are the others.
  return `${text.replace(/[\u007f-\u009f]/g, escaped)}\n`;
}

const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

export const yamlText = (value: unknown): string => formatYaml(value);

/** The same value with the keys of every object in order, as kubectl prints them. */
export function withSortedKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withSortedKeys) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, withSortedKeys(item)])) as T;
}

/** Several objects as one. */
export const listOf = (items: readonly unknown[]) => ({
  apiVersion: 'v1',
  items,
  kind: 'List',
  metadata: { resourceVersion: '' },
});

/** Without the notes of who wrote which field, which only few want to see. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
