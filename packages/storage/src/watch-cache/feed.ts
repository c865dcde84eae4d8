import { backoff, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import { ExpiredError } from '../errors.ts';
import type { KeyValue, Revision, Storage } from '../storage.ts';
import type { EventItem } from './held.ts';

export interface FeedOptions {
  readonly storage: Storage;
  readonly prefix: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Who is fed. */
export interface Mouth {
  /** How far it is, undefined when it must begin anew. */
  revision(): Revision | undefined;
  replace(kvs: readonly KeyValue[], revision: Revision): void;
  /** The events of one revision. */
  apply(items: readonly EventItem[]): void;
  advance(revision: Revision): void;
  /** History is gone: what is held can no longer be brought up to date. */
  drop(error: ExpiredError): void;
}

/** What one answer of a backend should hold at most. */
const pageSize = 500;
const pause = { initialMs: 100, maxMs: 2_000 };

/** Keeps `mouth` equal to the prefix until `signal` aborts: lists once, follows, lists again when history is gone. */
export async function feed(options: FeedOptions, mouth: Mouth, signal: AbortSignal): Promise<void> {
  const { clock, prefix, logger } = options;
  const isOver = () => signal.aborted;
  let failures = 0;
  while (!isOver()) {
    try {
      if (mouth.revision() === undefined) await fill(options, mouth);
      failures = 0;
      await follow(options, mouth, signal);
    } catch (err) {
      if (isOver()) return;
      if (err instanceof ExpiredError) mouth.drop(err);
      else logger.info('Lost the backend under a watch cache', { prefix, err });
      await sleep(
        clock,
        backoff(failures, pause, () => 0),
        signal,
      );
      failures += 1;
    }
  }
}

async function fill({ storage, prefix }: FeedOptions, mouth: Mouth): Promise<void> {
  let page = await storage.list(prefix, { limit: pageSize });
  const { revision } = page;
  const kvs = [...page.kvs];
  while (page.more) {
    const startKey = `${kvs.at(-1)!.key}\0`;
    page = await storage.list(prefix, { limit: pageSize, startKey, revision });
    for (const kv of page.kvs) kvs.push(kv);
  }
  mouth.replace(kvs, revision);
}

async function follow(
  { storage, prefix }: FeedOptions,
  mouth: Mouth,
  signal: AbortSignal,
): Promise<void> {
  let group: EventItem[] = [];
  for await (const item of storage.watch(prefix, mouth.revision() ?? 0, signal)) {
    if (item.kind === 'progress') mouth.advance(item.revision);
    else {
      group.push(item);
      if (item.more) continue;
      mouth.apply(group);
      group = [];
    }
  }
}
