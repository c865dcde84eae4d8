import type { Container, KubeObject } from '@berth/api';
import { humanDuration } from '@berth/api';
import type { Column } from '../strategy.ts';

/** The name of the object, the first column of nearly every table. */
export const nameColumn: Column<KubeObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Unique among the objects of its kind and namespace.',
  cell: ({ metadata }) => metadata.name,
};

/** Time since the object was created. */
export const ageColumn: Column<KubeObject> = {
  name: 'Age',
  type: 'string',
  description: 'Time since the object was created.',
  cell: ({ metadata }, now) => ageOf(metadata.creationTimestamp, now),
};

/** For the kinds whose table is only names. */
export const createdAtColumn: Column<KubeObject> = {
  name: 'Created At',
  type: 'date',
  description: 'When the object was created.',
  cell: ({ metadata }) => metadata.creationTimestamp,
};

/** `5m`, or `<unknown>` without a time. */
export function ageOf(time: string | undefined, now: number): string {
  const then = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(then) ? '<unknown>' : humanDuration(now - then);
}

/** `a=b,c=d`, or `<none>`. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length ? pairs.sort().join(',') : '<none>';
}

/** The wide columns of what holds a pod template. */
export const containerColumns = <T>(
  containersOf: (object: T) => readonly Container[],
): readonly Column<T>[] => [
  {
    name: 'Containers',
    type: 'string',
    description: 'Names of the containers of the template.',
    priority: 1,
    cell: (object) =>
      containersOf(object)
        .map(({ name }) => name)
        .join(','),
  },
  {
    name: 'Images',
    type: 'string',
    description: 'Images of the containers of the template.',
    priority: 1,
    cell: (object) =>
      containersOf(object)
        .map(({ image = '' }) => image)
        .join(','),
  },
];

/** At most `most` of the items, and how many more there are. */
export function listSome(items: readonly string[], most: number, none: string): string {
  if (items.length === 0) return none;
  const shown = items.slice(0, most).join(',');
  return items.length > most ? `${shown} + ${items.length - most} more...` : shown;
}
