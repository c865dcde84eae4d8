import type { KubeObject } from '@berth/api';
import { backoff, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Store } from './registry/store.ts';

/** Takes the objects of one resource and keeps what it needs of them. */
export interface Sink<T extends KubeObject> {
  /** These are all there are. */
  replace(items: readonly T[]): void;
  put(item: T): void;
  remove(item: T): void;
}

export interface FollowOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Called each time the sink is level with the store. */
  readonly onSynced: () => void;
}

/** Keeps a sink equal to the store until `signal` aborts; begins again whenever the store was lost. */
export async function follow<T extends KubeObject>(
  store: Store<T>,
  sink: Sink<T>,
  { clock, random, logger, onSynced }: FollowOptions,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    let initial: T[] | undefined = [];
    try {
      for await (const change of store.watch({}, signal)) {
        if (change.type === 'BOOKMARK') {
          if (!initial || !change.initialEventsEnd) continue;
          sink.replace(initial);
          initial = undefined;
          failures = 0;
          onSynced();
        } else if (initial) initial.push(change.object);
        else if (change.type === 'DELETED') sink.remove(change.object);
        else sink.put(change.object);
      }
    } catch (err) {
      if (isAborted(signal)) return;
      logger.info('Lost the store, following it anew', { err });
    }
    await sleep(
      clock,
      backoff(failures, { initialMs: 100, maxMs: 5000, jitter: 0.5 }, random),
      signal,
    );
  }
}

const isAborted = (signal: AbortSignal) => signal.aborted;
