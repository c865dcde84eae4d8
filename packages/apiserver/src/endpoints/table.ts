import { Buffer } from 'node:buffer';
import { apiVersionOf, badRequest, stringifyJson } from '@berth/api';
import type { KubeObject, ListMeta } from '@berth/api';
import type { Column, Strategy } from '../registry/strategy.ts';
import type { Output } from './negotiate.ts';

/** What the rows of a Table carry besides their cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export function parseIncludeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (value === '') return 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw badRequest(
    `unrecognized includeObject value: ${JSON.stringify(value)}: must be one of "", None, Metadata, Object`,
  );
}

export interface TableForm {
  readonly metaVersion: Output['metaVersion'];
  readonly include: IncludeObject;
  /** Only the first table of a watch names its columns. */
  readonly headers: boolean;
  /** For ages. */
  readonly now: number;
}

/** What every kind shows that has no columns of its own. */
const plainColumns: readonly Column<KubeObject>[] = [
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'The name of the object, unique among those of its kind in its namespace.',
    cell: ({ metadata }) => metadata.name,
  },
  {
    name: 'Created At',
    type: 'date',
    description: 'When the server stored the object for the first time.',
    cell: ({ metadata }) => metadata.creationTimestamp,
  },
];

/** A Table of meta.k8s.io with one row per object, as bytes. */
export function tableOf(
  strategy: Strategy,
  objects: readonly KubeObject[],
  metadata: ListMeta,
  { metaVersion, include, headers, now }: TableForm,
): Uint8Array {
  const columns = strategy.columns.length > 0 ? strategy.columns : plainColumns;
  const table = {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${metaVersion}`,
    metadata,
    columnDefinitions: headers ? columns.map(definitionOf) : [],
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, now)),
      object: rowObject(strategy, object, include, metaVersion),
    })),
  };
  return Buffer.from(stringifyJson(table));
}

const definitionOf = ({ name, type, format, description, priority }: Column<KubeObject>) => ({
  name,
  type,
  format: format ?? '',
  description: description ?? '',
  priority: priority ?? 0,
});

function rowObject(
  { type }: Strategy,
  object: KubeObject,
  include: IncludeObject,
  metaVersion: Output['metaVersion'],
): unknown {
  switch (include) {
    case 'None':
      return undefined;
    case 'Metadata':
      return metadataOf(object, metaVersion);
    case 'Object':
      return { ...object, kind: type.kind, apiVersion: apiVersionOf(type) };
  }
}

/** A PartialObjectMetadata. */
export const metadataOf = ({ metadata }: KubeObject, metaVersion: Output['metaVersion']) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${metaVersion}`,
  metadata,
});
