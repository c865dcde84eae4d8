import { resourceTypes } from '@berth/api';
import { etcdUnavailable, startEtcd } from '@berth/storage/testing';
import fc from 'fast-check';
import { answerTo } from '../hostile/check.ts';
import { countTogether } from '../hostile/counting.ts';
import { hostileRequest } from '../hostile/requests.ts';
import { startApiServer } from './api-server.ts';
import type { Row } from './rows.ts';

const inFlight = 8;
/** Requests that are made at a time. */
const batch = 500;
const clients = 50;
const increments = 200;

/** So many answers that should not have been are shown; then the run ends. */
const shownFindings = 20;

/** Requests that mean harm, over TLS: each must be answered with a Status, soon, and the server must stay up. */
export async function sendHostile(requests: number, seed: number): Promise<readonly Row[]> {
  const server = await startApiServer({ store: 'memory' });
  const findings: unknown[] = [];
  try {
    for (let sent = 0; sent < requests && findings.length < shownFindings; sent += batch) {
      const options = { numRuns: Math.min(batch, requests - sent), seed: seed + sent };
      const made = fc.sample(hostileRequest(resourceTypes), options);
      const worker = async () => {
        for (let next = made.pop(); next; next = made.pop())
          await answerTo(server.transport, next).catch((err: unknown) => findings.push(err));
      };
      await Promise.all(Array.from({ length: inFlight }, worker));
    }
    for (const finding of findings) console.error(finding);
    const met = server.isUp() && findings.length === 0;
    const value = met ? 'withstood' : server.isUp() ? `${findings.length} wrong answers` : 'fell';
    return [
      {
        name: `${requests} hostile requests from seed ${seed}`,
        value,
        goal: { text: 'withstood', met },
      },
    ];
  } finally {
    await server.stop();
  }
}

/** Many clients that count in one object, over TLS: no count may be lost. */
export async function countAll(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const etcd = etcdUnavailable() === undefined ? await startEtcd() : undefined;
  const stores = ['memory', 'embedded', ...(etcd ? (['etcd'] as const) : [])] as const;
  for (const store of stores)
    for (const way of ['an update', 'an apply'] as const) {
      const etcdServers = store === 'etcd' && etcd ? { etcdServers: [etcd.url] } : {};
      const server = await startApiServer({ store, ...etcdServers });
      try {
        const count = await countTogether(server.transport, { clients, increments, way });
        rows.push({
          name: `${clients} clients count to ${increments} with ${way}, ${store}`,
          value: String(count),
          goal: { text: String(clients * increments), met: count === clients * increments },
        });
      } finally {
        await server.stop();
      }
    }
  await etcd?.stop();
  return rows;
}
