import { configMaps, isAlreadyExists } from '@berth/api';
import type { ConfigMap } from '@berth/api';
import type { Client } from '@berth/client';

/** Writes all the time, and remembers what was acknowledged. */
export interface Writer {
  acknowledged(): number;
  /** Every promise that the server has broken so far. */
  broken(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const namespace = 'writer';
const counter = { namespace, name: 'counter' };
const pauseMs = 20;

/**
 * Creates objects that are never touched again, and counts one up. A write without an answer may have happened or
 * not; one with an answer has happened for good.
 */
export async function startWriter(client: Client): Promise<Writer> {
  const ended = new AbortController();
  const created = new Set<string>();
  let counted = 0;
  let attempted = 0;
  await client.create(configMaps, { metadata: counter, data: { value: '0' } });

  const createNext = async (name: string) => {
    await client
      .create(
        configMaps,
        { metadata: { namespace, name } },
        { signal: AbortSignal.timeout(10_000) },
      )
      .catch((err: unknown) => {
        if (!isAlreadyExists(err)) throw err;
      });
    created.add(name);
  };
  const countUp = async () => {
    const current = await client.get(configMaps, counter, AbortSignal.timeout(10_000));
    attempted = Math.max(attempted, valueOf(current) + 1);
    const next = { ...current, data: { value: String(valueOf(current) + 1) } };
    await client.update(configMaps, next, { signal: AbortSignal.timeout(10_000) });
    counted = valueOf(next);
  };
  const write = async () => {
    for (let i = 0; !ended.signal.aborted; i += 1) {
      await createNext(`written-${i}`).catch(() => undefined);
      await countUp().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const writing = write();
  return {
    acknowledged: () => created.size + counted,
    async broken() {
      const [promised, atLeast] = [[...created], counted];
      const { items } = await client.list(configMaps, { namespace });
      const kept = new Map(items.map((item) => [item.metadata.name, item]));
      const value = valueOf(kept.get(counter.name));
      return [
        ...promised.filter((name) => !kept.has(name)).map((name) => `${name} is not there`),
        ...(value < atLeast ? [`the counter is at ${value}, ${atLeast} was acknowledged`] : []),
        ...(value > attempted
          ? [`the counter is at ${value}, nobody tried more than ${attempted}`]
          : []),
      ];
    },
    async stop() {
      ended.abort();
      await writing;
    },
  };
}

const valueOf = (object: ConfigMap | undefined) => Number(object?.data?.value ?? -1);
