import { readFile } from 'node:fs/promises';
import { nodes } from '@berth/api';
import type { Node } from '@berth/api';
import { createClient, createHttpsTransport, loadKubeconfig } from '@berth/client';
import type { Client } from '@berth/client';
import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';

export interface AdminConnection {
  readonly client: Client;
  close(): void;
}

const pollMs = 25;

/** Connects with a kubeconfig once it is there and the server says that it is ready. */
export async function awaitApiServer(
  kubeconfig: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<AdminConnection> {
  while (!signal.aborted) {
    const connection = await connect(kubeconfig);
    const ready = await connection?.client.getPath('/readyz').then(
      () => true,
      // `ok` is no JSON: an answer without a failure is what counts.
      (err: unknown) => err instanceof SyntaxError,
    );
    if (connection && ready) return connection;
    connection?.close();
    await sleep(clock, pollMs, signal);
  }
  throw new Error('called off before the API server was ready');
}

async function connect(kubeconfig: string): Promise<AdminConnection | undefined> {
  const text = await readFile(kubeconfig, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const noFiles = (path: string): string => {
    throw new Error(`${kubeconfig} points to ${path}`);
  };
  const { connection } = loadKubeconfig(text, { readFile: noFiles });
  const { transport, close } = createHttpsTransport(connection);
  return { client: createClient(transport, { userAgent: 'berth' }), close };
}

/** Resolves when all of the named nodes are Ready; rejects with the reason when `limitMs` is over. */
export async function awaitNodes(
  client: Client,
  names: readonly string[],
  { clock, limitMs }: { readonly clock: Clock; readonly limitMs: number },
  signal: AbortSignal,
): Promise<readonly Node[]> {
  const until = clock.monotonic() + limitMs;
  for (;;) {
    const { items } = await client.list(nodes, { resourceVersion: '0' }, signal);
    const missing = names.filter(
      (name) => !items.some((node) => node.metadata.name === name && isReady(node)),
    );
    if (missing.length === 0) return items;
    if (signal.aborted) throw new Error('called off before all nodes were ready');
    if (clock.monotonic() > until)
      throw new Error(`not ready: ${missing.map((name) => why(name, items)).join('; ')}`);
    await sleep(clock, pollMs, signal);
  }
}

const readyCondition = ({ status }: Node) =>
  status?.conditions?.find(({ type }) => type === 'Ready');
const isReady = (node: Node) => readyCondition(node)?.status === 'True';

function why(name: string, known: readonly Node[]): string {
  const node = known.find(({ metadata }) => metadata.name === name);
  if (!node) return `${name} did not register`;
  return `${name}: ${readyCondition(node)?.message ?? 'has not reported'}`;
}
