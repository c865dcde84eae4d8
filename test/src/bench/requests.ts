import { configMaps } from '@berth/api';
import { startCluster } from '../testing/cluster.ts';
import { readFile } from 'node:fs/promises';
import type { Row } from './rows.ts';

const count = 2_000;
const inFlight = 32;
/** Clock ticks per second, which Linux fixes for user space. */
const ticksPerSecond = 100;

/** CPU that the control plane spends per request over TLS: its own, from the kernel, whatever the client takes. */
export async function measureRequests(): Promise<readonly Row[]> {
  const cluster = await startCluster({ runtime: 'simulated', nodes: 1 });
  try {
    const { 'control-plane': pid = 0 } = await cluster.pids();
    const { client } = cluster;
    const ref = (i: number) => ({ namespace: 'default', name: `bench-${i}` });
    const data = { text: 'x'.repeat(512) };
    const row = async (name: string, request: (i: number) => Promise<unknown>): Promise<Row> => {
      const before = await cpuSeconds(pid);
      await inParallel(count, request);
      const perRequest = ((await cpuSeconds(pid)) - before) / count;
      return { name: `${name}, CPU µs per request`, value: (perRequest * 1e6).toFixed(0) };
    };
    return [
      await row('create a ConfigMap', (i) => client.create(configMaps, { metadata: ref(i), data })),
      await row('get one', (i) => client.get(configMaps, ref(i))),
      await row('merge-patch one', (i) =>
        client.patch(configMaps, ref(i), 'merge', { data: { more: String(i) } }),
      ),
      await row('delete one', (i) => client.remove(configMaps, ref(i))),
    ];
  } finally {
    await cluster.stop();
  }
}

async function inParallel(total: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < total) await work(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
