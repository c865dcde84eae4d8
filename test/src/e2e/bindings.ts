import { isExpired, pods as podsType } from '@berth/api';
import type { Pod } from '@berth/api';
import type { Client } from '@berth/client';

/** Follows every pod of the cluster, across the deaths of whoever serves them. */
export interface Bindings {
  /** Reads on until what is now, and resolves to each pod that was seen bound a second time. */
  stop(): Promise<readonly string[]>;
}

const retryMs = 50;

/**
 * Goes on from the last event that it read. Where the server has forgotten what came after that, it lists anew: a
 * pod's node is written once, so that a second binding would still show.
 */
export async function followBindings(client: Client): Promise<Bindings> {
  const ended = new AbortController();
  const nodeOf = new Map<string, string>();
  const moved: string[] = [];

  const see = ({ metadata, spec }: Pod) => {
    const { nodeName } = spec;
    const known = nodeOf.get(metadata.uid);
    if (known !== undefined && nodeName !== known) {
      moved.push(`${metadata.name} was on ${known}, then on ${nodeName ?? 'none'}`);
    }
    if (nodeName) nodeOf.set(metadata.uid, nodeName);
  };
  const listAll = async () => {
    const { items, metadata } = await client.list(podsType);
    items.forEach(see);
    return metadata.resourceVersion ?? '';
  };
  const follow = async (from: string) => {
    let resourceVersion = from;
    const options = () => ({ resourceVersion, allowWatchBookmarks: true });
    while (!ended.signal.aborted) {
      try {
        for await (const change of client.watch(podsType, options(), ended.signal)) {
          if (change.type === 'BOOKMARK') resourceVersion = change.resourceVersion;
          else {
            see(change.object);
            resourceVersion = change.object.metadata.resourceVersion;
          }
        }
      } catch (err) {
        if (isExpired(err)) resourceVersion = await listAll().catch(() => resourceVersion);
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  };
  const following = follow(await listAll());
  return {
    async stop() {
      ended.abort();
      await following;
      await listAll();
      return moved;
    },
  };
}
