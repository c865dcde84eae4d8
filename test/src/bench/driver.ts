import { setMaxListeners } from 'node:events';
import type { Transport } from '@berth/api';

/** Loads a server with requests; answers other than success end it. */
export interface Driver {
  send(
    method: string,
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** Calls `request` with every number from `first` to before `end`, so many at a time. */
  run(first: number, end: number, request: (i: number) => Promise<unknown>): Promise<void>;
  /** Opens the same watch many times and resolves when all were let in. */
  watch(path: string, times: number): Promise<Watching>;
}

interface Watching {
  /** Resolves when so many events have arrived at all watchers together. */
  told(events: number): Promise<void>;
  stop(): void;
}

export function createDriver(transport: Transport, inFlight: number): Driver {
  return {
    async send(method, path, body, headers = {}) {
      const bytes = body && Buffer.from(JSON.stringify(body));
      const answer = await transport({ method, path, headers, ...(bytes && { body: bytes }) });
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      if (answer.status >= 300)
        throw new Error(`${method} ${path}: ${answer.status} ${Buffer.concat(chunks).toString()}`);
    },
    async run(first, end, request) {
      let next = first;
      const worker = async () => {
        while (next < end) await request(next++);
      };
      await Promise.all(Array.from({ length: inFlight }, worker));
    },
    watch: (path, times) => watch(transport, path, times),
  };
}

async function watch(transport: Transport, path: string, times: number): Promise<Watching> {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  let events = 0;
  let awaited = Infinity;
  let reached: () => void = () => undefined;
  let failed: (err: unknown) => void = () => undefined;
  const follow = async (body: AsyncIterable<Uint8Array>) => {
    for await (const chunk of body) {
      events += linesIn(chunk);
      if (events >= awaited) reached();
    }
  };
  const opened = Array.from({ length: times }, async () => {
    const { status, body } = await transport({ method: 'GET', path, headers: {} }, stop.signal);
    if (status !== 200) throw new Error(`watch answers ${status}`);
    follow(body).catch((err: unknown) => failed(err));
  });
  await Promise.all(opened);
  return {
    told: (total) =>
      new Promise((resolve, reject) => {
        awaited = total;
        reached = resolve;
        failed = reject;
        if (events >= total) resolve();
      }),
    stop: () => stop.abort(),
  };
}

const lineFeed = 0x0a;

function linesIn(chunk: Uint8Array): number {
  let lines = 0;
  for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, at + 1)) lines += 1;
  return lines;
}
