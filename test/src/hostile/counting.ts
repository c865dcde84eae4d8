import { setTimeout as wait } from 'node:timers/promises';
import { configMaps, isConflict } from '@berth/api';
import type { Transport } from '@berth/api';
import { createClient } from '@berth/client';
import type { Client } from '@berth/client';

const ref = { namespace: 'default', name: 'counter' };

type Increment = (client: Client, manager: string) => Promise<void>;

const read = async (client: Client) => {
  const counter = await client.get(configMaps, ref);
  return { counter, count: Number(counter.data?.['count']) };
};

/** Ways to write only if nobody wrote since one read. */
const ways: Readonly<Record<'an update' | 'an apply', Increment>> = {
  async 'an update'(client) {
    const { counter, count } = await read(client);
    await client.update(configMaps, { ...counter, data: { count: String(count + 1) } });
  },
  async 'an apply'(client, fieldManager) {
    const { counter, count } = await read(client);
    const metadata = { ...ref, resourceVersion: counter.metadata.resourceVersion };
    const data = { count: String(count + 1) };
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
    await client.patch(configMaps, ref, 'apply', config, { fieldManager, force: true });
  },
};

interface Counting {
  readonly clients: number;
  /** Of each client. */
  readonly increments: number;
  readonly way: keyof typeof ways;
}

/** Lets many clients count in one object, each until it has counted often enough; resolves to what stands there then. */
export async function countTogether(
  transport: Transport,
  { clients, increments, way }: Counting,
): Promise<number> {
  const client = createClient(transport, { userAgent: 'counting' });
  await client.create(configMaps, { metadata: ref, data: { count: '0' } });
  const work = async (i: number) => {
    for (let done = 0; done < increments; done += 1)
      await untilTaken(() => ways[way](client, `client-${i}`));
  };
  await Promise.all(Array.from({ length: clients }, (_, i) => work(i)));
  const { count } = await read(client);
  await client.remove(configMaps, ref);
  return count;
}

/** As clients do, so that not all of them come back at the same moment. */
const mostPauseMs = 250;

async function untilTaken(attempt: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await attempt();
    } catch (err) {
      if (!isConflict(err)) throw err;
    }
    await wait(Math.random() * mostPauseMs);
  }
}
