import { events } from '@berth/api';
import type { Draft, Event, KubeObject } from '@berth/api';
import { formatMicroTime, formatTime, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Client } from './client.ts';
import type { EventRecorder } from './events.ts';
import { createFifo } from './fifo.ts';
import { createTokenBucket } from './limit-rate.ts';

export interface EventRecorderOptions {
  readonly client: Pick<Client, 'create' | 'patch'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `kubelet`, `default-scheduler`, `deployment-controller`, …: what `describe` shows under FROM. */
  readonly component: string;
  /** The node or pod that reports. */
  readonly instance: string;
  /** The node, for components that run on one. */
  readonly host?: string;
}

interface Sent {
  readonly name: string;
  readonly namespace: string;
  readonly count: number;
  /** Resolves when the write before this one is through, so that counts arrive in order. */
  readonly settled: Promise<void>;
}

interface Waiting {
  readonly known: Sent | undefined;
  readonly fresh: Draft<Event>;
  readonly dueAt: number;
  readonly done: () => void;
}

/** What an event tells of is on its way at the same moment, and others wait for that. */
const behindMs = 500;

/** How many different events are remembered for counting repeats. */
const remembered = 4096;

/**
 * Events that are written at once, and those that wait for it; what comes when so many wait is dropped. A few writers
 * keep up with all but a rush, and in a rush what is told of comes before the telling, as with upstream's components,
 * whose clients let no more than 50 to 100 through in a second.
 */
const writers = 4;
const rush = { qps: 100, burst: 300 };
const longestQueue = 10_000;

/** Writes core/v1 Events; a repeat raises the count of the first one, as upstream's recorder does. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, logger } = options;
  const sent = new Map<string, Sent>();
  const waiting = createFifo<Waiting>();
  const turn = createTokenBucket(rush, clock);
  let writing = 0;
  let unique = 0;

  const write = async ({ known, fresh }: Waiting): Promise<void> => {
    await known?.settled;
    try {
      if (known) {
        const patch = {
          count: known.count + 1,
          lastTimestamp: fresh.lastTimestamp,
          message: fresh.message,
        };
        await client.patch(events, known, 'strategic', patch);
      } else {
        await client.create(events, fresh);
      }
    } catch (err) {
      logger.debug('Dropped an event', { err, reason: fresh.reason });
    }
  };
  /** First come, first served, so that what a repeat waits for is through or being written. */
  const drain = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const early = Math.max(next.dueAt - clock.now(), turn());
      if (early > 0) await sleep(clock, early);
      await write(next);
      next.done();
    }
    writing -= 1;
  };
  const enqueue = (known: Sent | undefined, fresh: Draft<Event>): Promise<void> => {
    if (waiting.size >= longestQueue) {
      logger.debug('Dropped an event: too many wait', { reason: fresh.reason });
      return Promise.resolve();
    }
    return new Promise((done) => {
      waiting.push({ known, fresh, dueAt: clock.now() + behindMs, done });
      if (writing >= writers) return;
      writing += 1;
      void drain();
    });
  };

  return {
    event(about, type, reason, message, { action, fieldPath } = {}) {
      const ref = referenceTo(about, fieldPath);
      const id = JSON.stringify([ref.uid, ref.fieldPath, type, reason, message]);
      const known = sent.get(id);
      const now = clock.now();
      unique += 1;
      const name =
        known?.name ?? `${about.metadata.name}.${(now * 4096 + (unique % 4096)).toString(16)}`;
      const namespace = about.metadata.namespace ?? 'default';
      const settled = enqueue(known, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace },
        involvedObject: ref,
        type,
        reason,
        message: message.slice(0, 1024),
        source: { component: options.component, ...(options.host && { host: options.host }) },
        firstTimestamp: formatTime(now),
        lastTimestamp: formatTime(now),
        ...(action && { action, eventTime: formatMicroTime(now) }),
        count: 1,
        reportingComponent: options.component,
        reportingInstance: options.instance,
      });
      sent.delete(id);
      sent.set(id, { name, namespace, count: (known?.count ?? 0) + 1, settled });
      const [oldest] = sent.keys();
      if (sent.size > remembered && oldest !== undefined) sent.delete(oldest);
    },
  };
}

const referenceTo = ({ apiVersion, kind, metadata }: KubeObject, fieldPath?: string) => ({
  ...(apiVersion && { apiVersion }),
  ...(kind && { kind }),
  name: metadata.name,
  ...(metadata.namespace && { namespace: metadata.namespace }),
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
  ...(fieldPath && { fieldPath }),
});
