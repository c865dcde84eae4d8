import { formatQuantity, isDeepEqual, isNotFound, milliQuantity, queues } from '@berth/api';
import type { QueueStatus } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import type { Client } from '@berth/client';
import { amountText } from '../why/amount-text.ts';
import type { Standing } from './fair-queues.ts';

export interface QueueReporterOptions {
  readonly client: Pick<Client, 'patch'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly standings: () => readonly Standing[];
}

/** Keeps the status of Queue objects. */
export interface QueueReporter {
  /** Something changed: within a second it is looked at what is to be written. */
  changed(): void;
  close(): void;
}

/** Changes that come together are written together; after failures it takes longer. */
const gatherMs = 1_000;
const longestMs = 60_000;

export function createQueueReporter(options: QueueReporterOptions): QueueReporter {
  const { client, clock, logger, standings } = options;
  let cancel: (() => void) | undefined;
  let isWriting = false;
  let failures = 0;
  let isClosed = false;

  const changed = () => {
    if (isClosed || isWriting || cancel) return;
    cancel = clock.after(Math.min(longestMs, gatherMs * 2 ** failures), () => {
      cancel = undefined;
      void writeAll();
    });
  };
  const writeAll = async () => {
    isWriting = true;
    const written = await Promise.all(standings().filter(isNews).map(write));
    isWriting = false;
    failures = written.every(Boolean) ? 0 : failures + 1;
    // What happened meanwhile, and what could not be written.
    if (standings().some(isNews)) changed();
  };
  const write = async (standing: Standing): Promise<boolean> => {
    const { metadata, status } = standing.queue;
    const after = statusOf(standing);
    const gone = Object.keys(status?.allocated ?? {}).map((name) => [name, null] as const);
    const allocated = { ...Object.fromEntries(gone), ...after.allocated };
    const patch = { metadata: { uid: metadata.uid }, status: { ...after, allocated } };
    try {
      await client.patch(queues, metadata, 'merge', patch, { subresource: 'status' });
    } catch (err) {
      if (isNotFound(err)) return true;
      logger.debug('Could not write how a queue stands', { queue: metadata.name, err });
      return false;
    }
    return true;
  };
  return {
    changed,
    close() {
      isClosed = true;
      cancel?.();
      cancel = undefined;
    },
  };
}

const isNews = (standing: Standing): boolean =>
  !isDeepEqual(standing.queue.status, statusOf(standing));

function statusOf({ allocated, share, admittedPods, pendingPods }: Standing): QueueStatus {
  const used = [...allocated].filter(([, amount]) => amount > 0);
  const texts = used.map(([name, amount]) => [name, amountText(name, amount)] as const);
  return {
    ...(texts.length > 0 && { allocated: Object.fromEntries(texts) }),
    dominantShare: formatQuantity(milliQuantity(Math.round(share * 1000))),
    admittedPods,
    pendingPods,
  };
}
