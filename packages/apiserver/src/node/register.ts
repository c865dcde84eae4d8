import { isAlreadyExists, isConflict, isDeepEqual, nodes, pathOf } from '@berth/api';
import type { Draft, Node } from '@berth/api';
import type { ApiCalls } from './api-calls.ts';
import { mergeNodeStatus } from './merge-status.ts';
import { writeStatus } from './write-status.ts';

/** Creates the Node, or brings labels, annotations and status of the one that is there up to date. */
export async function register(calls: ApiCalls, draft: Draft<Node>): Promise<Node> {
  const node = { apiVersion: 'v1', kind: 'Node', ...draft };
  try {
    return await calls.call<Node>('POST', pathOf(nodes), node);
  } catch (err) {
    if (!isAlreadyExists(err)) throw err;
  }
  const path = pathOf(nodes, { name: node.metadata.name });
  await updateMetadata(calls, path, node);
  const written = await writeStatus(
    calls,
    path,
    () => calls.call<Node>('GET', path),
    (old) => mergeNodeStatus(old, node.status ?? {}),
  );
  return written ?? (node as Node);
}

async function updateMetadata(calls: ApiCalls, path: string, draft: Draft<Node>): Promise<void> {
  for (;;) {
    const old = await calls.call<Node>('GET', path);
    const next = withMetadata(old, draft);
    if (isDeepEqual(next, old)) return;
    try {
      await calls.call('PUT', path, next);
      return;
    } catch (err) {
      if (!isConflict(err)) throw err;
    }
  }
}

/** Labels and annotations of others stay. */
const withMetadata = (old: Node, { metadata }: Draft<Node>): Node => ({
  ...old,
  metadata: {
    ...old.metadata,
    labels: { ...old.metadata.labels, ...metadata.labels },
    annotations: { ...old.metadata.annotations, ...metadata.annotations },
  },
});
