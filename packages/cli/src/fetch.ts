import { apiVersionOf, pathOf } from '@berth/api';
import type { KubeList, KubeObject } from '@berth/api';
import { tableClient } from './connection.ts';
import type { Cluster } from './connection.ts';
import type { Table } from './printers/table.ts';
import { queryString } from './query.ts';
import type { Query } from './query.ts';
import type { Resource } from './resources.ts';
import { scopeOf } from './targets.ts';
import type { Target } from './targets.ts';

/** What narrows reads down, the same for every verb. */
export interface Narrowing {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
}

/** What became of one target: an answer, or the reason why there is none. */
export type Outcome<T> = { readonly target: Target } & (
  { readonly value: T } | { readonly err: unknown }
);

export interface FetchedTable extends Table {
  readonly metadata?: { readonly resourceVersion?: string };
}

/** Rows to print for every target, all asked for at once. */
export function fetchTables(
  cluster: Cluster,
  targets: readonly Target[],
  narrowing: Narrowing,
  includeObject?: 'Object',
): Promise<readonly Outcome<FetchedTable>[]> {
  const client = tableClient(cluster);
  return forEach(targets, async (target) => {
    const path = pathOfTarget(cluster, target, narrowing, { includeObject });
    return asTable(await client.getPath<Record<string, unknown>>(path), target.resource);
  });
}

/** The objects of every target, all asked for at once. */
export function fetchObjects(
  cluster: Cluster,
  targets: readonly Target[],
  narrowing: Narrowing,
): Promise<readonly Outcome<readonly KubeObject[]>[]> {
  return forEach(targets, async (target) => {
    const path = pathOfTarget(cluster, target, narrowing);
    return objectsOf(target, await cluster.client.getPath(path));
  });
}

/** The objects of every target; throws at the first that cannot be had. */
export async function mustFetch(
  cluster: Cluster,
  targets: readonly Target[],
  narrowing: Narrowing = {},
): Promise<readonly Found[]> {
  const outcomes = await fetchObjects(cluster, targets, narrowing);
  return outcomes.flatMap((outcome) => {
    if ('err' in outcome) throw outcome.err;
    return outcome.value.map((object) => ({ resource: outcome.target.resource, object }));
  });
}

/** An object, and what it is one of. */
export interface Found {
  readonly resource: Resource;
  readonly object: KubeObject;
}

const forEach = <T>(
  targets: readonly Target[],
  fetch: (target: Target) => Promise<T>,
): Promise<readonly Outcome<T>[]> =>
  Promise.all(
    targets.map((target) =>
      fetch(target).then(
        (value) => ({ target, value }),
        (err: unknown) => ({ target, err }),
      ),
    ),
  );

function pathOfTarget(
  cluster: Pick<Cluster, 'namespace'>,
  { resource, name }: Target,
  { allNamespaces = false, selector, fieldSelector }: Narrowing,
  query: Query = {},
): string {
  const path = pathOf(resource, {
    ...scopeOf(resource, cluster, allNamespaces),
    ...(name !== undefined && { name }),
  });
  const narrowed = name === undefined && { labelSelector: selector, fieldSelector };
  return path + queryString({ ...query, ...narrowed });
}

function objectsOf({ resource, name }: Target, answer: unknown): readonly KubeObject[] {
  if (name !== undefined) return [answer as KubeObject];
  const { items } = answer as KubeList<KubeObject>;
  return items.map((item) => ({
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    ...item,
  }));
}

/** Servers that know no tables answer with the objects: their names and ages are enough. */
function asTable(answer: Record<string, unknown>, resource: Resource): FetchedTable {
  if (answer['kind'] === 'Table') return answer;
  const objects = Array.isArray(answer['items'])
    ? (answer['items'] as readonly KubeObject[])
    : [answer as unknown as KubeObject];
  return {
    columnDefinitions: [
      { name: 'Name', format: 'name' },
      { name: 'Created At', type: 'date' },
    ],
    rows: objects.map((object) => ({
      cells: [object.metadata.name, object.metadata.creationTimestamp],
      object: { kind: resource.kind, ...object },
    })),
  };
}
