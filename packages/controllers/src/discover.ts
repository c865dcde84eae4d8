import { isNotFound } from '@berth/api';
import type { APIGroupList, APIResourceList, ResourceType } from '@berth/api';
import type { Client } from '@berth/client';

export interface Discovered {
  /** Every served resource whose objects can be listed, watched and deleted, in each group's preferred version. */
  readonly types: readonly ResourceType[];
  /** Why a group version did not say what it serves (a server behind the API server is away), by its name. */
  readonly failures: ReadonlyMap<string, string>;
}

/** What is served, as far as it can be found out; throws when not even the groups can. */
export async function discoverDeletable(client: Client): Promise<Discovered> {
  const groups = await client.getPath<APIGroupList>('/apis');
  const preferred = groups.groups.map(
    ({ preferredVersion, versions }) => (preferredVersion ?? versions[0])!.groupVersion,
  );
  const failures = new Map<string, string>();
  const lists = await Promise.all(
    ['v1', ...preferred].map((groupVersion) =>
      resourcesOf(client, groupVersion).catch((err: unknown) => {
        failures.set(groupVersion, err instanceof Error ? err.message : String(err));
        return [];
      }),
    ),
  );
  const all = lists.flat();
  // One object may be served by two groups (events); deleting it through one of them is enough.
  const types = all.filter(({ resource, group }) => !(resource === 'events' && group !== ''));
  return { types, failures };
}

async function resourcesOf(client: Client, groupVersion: string): Promise<readonly ResourceType[]> {
  const isLegacy = !groupVersion.includes('/');
  const [group, version] = isLegacy
    ? ['', groupVersion]
    : (groupVersion.split('/') as [string, string]);
  const path = `${isLegacy ? '/api' : '/apis'}/${groupVersion}`;
  const list = await client.getPath<APIResourceList>(path).catch((err: unknown) => {
    if (isNotFound(err)) return undefined;
    throw err;
  });
  return (list?.resources ?? [])
    .filter(
      ({ name, verbs }) => !name.includes('/') && needed.every((verb) => verbs.includes(verb)),
    )
    .map(({ name, singularName, kind, namespaced }) => ({
      group,
      version,
      resource: name,
      singular: singularName,
      kind,
      namespaced,
      shortNames: [],
      categories: [],
    }));
}

const needed = ['list', 'watch', 'delete'];
