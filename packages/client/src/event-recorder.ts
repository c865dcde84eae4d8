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
  /** When it aborts, nothing more is written: what waits is dropped. */
  readonly signal?: AbortSignal;
}

/** An event to be written, as it was told: what is written is made when its turn comes, for most wait long. */
interface Told {
  readonly name: string;
  readonly namespace: string;
  readonly ref: Event['involvedObject'];
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly action: string | undefined;
  readonly at: number;
  /** Which time it is that this is told. */
  readonly count: number;
  /** The time before, until it is through. */
  ahead: Told | undefined;
  /** Resolves when it is through; undefined while others are ahead of it, or when it was dropped. */
  written?: Promise<void>;
}

/** What an event tells of is on its way at the same moment, and others wait for that. */
const behindMs = 50;

const longestMessage = 1024;

/** How many different events at least are remembered for counting repeats. */
const remembered = 4096;

/**
 * Events that are written at once, and those that wait for it; what comes when so many wait is dropped. A few writers
 * keep up with all but a rush, and in a rush what is told of comes before the telling: no more are written in a second
 * than upstream's scheduler and kubelets write.
 */
const writers = 4;
const rush = { qps: 50, burst: 100 };
const longestQueue = 10_000;

/** Writes core/v1 Events; a repeat raises the count of the first one, as upstream's recorder does. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, logger, signal } = options;
  /** The last time that each was told, in two generations: the older goes when the younger is full. */
  let young = new Map<string, Told>();
  let old = new Map<string, Told>();
  const waiting = createFifo<Told>();
  const turn = createTokenBucket(rush, clock);
  let writing = 0;
  let unique = 0;

  const write = async (told: Told): Promise<void> => {
    const early = Math.max(told.at + behindMs - clock.now(), turn());
    if (early > 0) await sleep(clock, early, signal);
    if (signal?.aborted) return;
    // So that counts arrive in order.
    await told.ahead?.written;
    told.ahead = undefined;
    try {
      if (told.count > 1) await client.patch(events, told, 'strategic', repeatOf(told));
      else await client.create(events, eventOf(told, options));
    } catch (err) {
      logger.debug('Dropped an event', { err, reason: told.reason });
    }
  };
  /** First come, first served, so that what a repeat waits for is through or being written. */
  const drain = async (): Promise<void> => {
    for (let next = waiting.shift(); next && !signal?.aborted; next = waiting.shift()) {
      next.written = write(next);
      await next.written;
    }
    writing -= 1;
  };

  return {
    event(about, type, reason, message, { action, fieldPath } = {}) {
      if (signal?.aborted) return;
      const ref = referenceTo(about, fieldPath);
      // The message last: it alone may have lines.
      const id = `${about.metadata.uid}\n${fieldPath ?? ''}\n${type}\n${reason}\n${message}`;
      const before = young.get(id) ?? old.get(id);
      const at = clock.now();
      unique += 1;
      const told: Told = {
        name:
          before?.name ?? `${about.metadata.name}.${(at * 4096 + (unique % 4096)).toString(16)}`,
        namespace: about.metadata.namespace ?? 'default',
        ...{ ref, type, reason, message, action, at },
        count: (before?.count ?? 0) + 1,
        ahead: before,
      };
      if (young.size >= remembered) {
        old = young;
        young = new Map();
      }
      young.set(id, told);
      if (waiting.size >= longestQueue) {
        told.ahead = undefined;
        logger.debug('Dropped an event: too many wait', { reason });
        return;
      }
      waiting.push(told);
      if (writing >= writers) return;
      writing += 1;
      void drain();
    },
  };
}

const repeatOf = ({ count, at, message }: Told) => ({
  count,
  lastTimestamp: formatTime(at),
  message: message.slice(0, longestMessage),
});

const eventOf = (
  { name, namespace, ref, type, reason, message, action, at }: Told,
  { component, instance, host }: EventRecorderOptions,
): Draft<Event> => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace },
  involvedObject: ref,
  type,
  reason,
  message: message.slice(0, longestMessage),
  source: { component, ...(host && { host }) },
  firstTimestamp: formatTime(at),
  lastTimestamp: formatTime(at),
  ...(action && { action, eventTime: formatMicroTime(at) }),
  count: 1,
  reportingComponent: component,
  reportingInstance: instance,
});

/** Field by field, as this is done for every event, and most come in a rush. */
function referenceTo(
  { apiVersion, kind, metadata }: KubeObject,
  fieldPath: string | undefined,
): Event['involvedObject'] {
  const { name, namespace, uid, resourceVersion } = metadata;
  const ref: { -readonly [K in keyof Event['involvedObject']]: Event['involvedObject'][K] } = {};
  if (apiVersion) ref.apiVersion = apiVersion;
  if (kind) ref.kind = kind;
  ref.name = name;
  if (namespace) ref.namespace = namespace;
  ref.uid = uid;
  ref.resourceVersion = resourceVersion;
  if (fieldPath) ref.fieldPath = fieldPath;
  return ref;
}
