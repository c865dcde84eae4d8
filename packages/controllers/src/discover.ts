import { isNotFound } from '@berth/api';
import type { APIGroupList, APIResourceList, ResourceType } from '@berth/api';
import type { Client } from '@berth/client';

/** Every served resource whose objects can be listed, watched and deleted, in each group's preferred version. */
export async function discoverDeletable(client: Client): Promise<readonly ResourceType[]> {
  const groups = await client.getPath<APIGroupList>('/apis');
  const preferred = groups.groups.map(
    ({ preferredVersion, versions }) => (preferredVersion ?? versions[0])!.groupVersion,
  );
  const lists = await Promise.all([
    resourcesOf(client, '/api/v1', 'v1'),
    ...preferred.map((groupVersion) => resourcesOf(client, `/apis/${groupVersion}`, groupVersion)),
  ]);
  const all = lists.flat();
  // One object may be served by two groups (events); deleting it through one of them is enough.
  return all.filter(({ resource, group }) => !(resource === 'events' && group !== ''));
}

async function resourcesOf(
  client: Client,
  path: string,
  groupVersion: string,
): Promise<readonly ResourceType[]> {
  const [group, version] = groupVersion.includes('/')
    ? (groupVersion.split('/') as [string, string])
    : ['', groupVersion];
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
