import { isExpired } from '@berth/api';
import type { KubeObject, ResourceType } from '@berth/api';
import type { Client, ListOptions } from '@berth/client';

/**
 * All objects of a kind that match, now and after every change. A watch that the server ends goes on; what it cannot
 * go on from is listed again. Ends by throwing, at the latest when `signal` aborts.
 */
export async function* followList<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  options: Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>,
  signal: AbortSignal,
): AsyncGenerator<readonly T[], never> {
  for (;;) {
    const { items, metadata } = await client.list(type, options, signal);
    const known = new Map(items.map((item) => [keyOf(item), item]));
    yield [...known.values()];
    let { resourceVersion = '' } = metadata;
    try {
      for (;;) {
        const watch = client.watch(
          type,
          { ...options, resourceVersion, allowWatchBookmarks: true },
          signal,
        );
        for await (const change of watch) {
          if (change.type === 'BOOKMARK') {
            resourceVersion = change.resourceVersion;
            continue;
          }
          resourceVersion = change.object.metadata.resourceVersion;
          if (change.type === 'DELETED') known.delete(keyOf(change.object));
          else known.set(keyOf(change.object), change.object);
          yield [...known.values()];
        }
        signal.throwIfAborted();
      }
    } catch (err) {
      if (!isExpired(err)) throw err;
    }
  }
}

const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`;

/** One object, now and after every change; undefined while there is none. */
export async function* followObject<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  { namespace, name }: { readonly namespace?: string | undefined; readonly name: string },
  signal: AbortSignal,
): AsyncGenerator<T | undefined, never> {
  const options = {
    ...(namespace !== undefined && { namespace }),
    fieldSelector: `metadata.name=${name}`,
  };
  const lists = followList(client, type, options, signal);
  for (;;) yield (await lists.next()).value[0];
}
