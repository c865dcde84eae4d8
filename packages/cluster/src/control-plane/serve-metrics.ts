import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from '@berth/component-base/metrics';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Reads `IP:PORT`, with an IPv6 address in brackets. */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new Error('is not an address of the form IP:PORT');
  return { host: match[1] ?? match[2] ?? '', port };
}

/** Serves `/metrics` and the health endpoints over plain HTTP until what it resolves to is called. */
export async function serveMetrics(
  { host, port }: Address,
  metrics: Metrics,
): Promise<() => Promise<void>> {
  const answer = async ({ method, url = '' }: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(url, 'http://localhost');
    const isHealth = ['/healthz', '/livez', '/readyz'].includes(pathname);
    if (method !== 'GET' || !(isHealth || pathname === '/metrics')) {
      return response.writeHead(404).end();
    }
    const body = isHealth ? 'ok' : await metrics.text();
    const type = isHealth ? 'text/plain; charset=utf-8' : metrics.contentType;
    return response.writeHead(200, { 'content-type': type }).end(body);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host || undefined, resolve);
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}
