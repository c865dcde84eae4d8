import type { Pod, PodStatus } from '@berth/api';
import { backoff } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import { isDeepStrictEqual } from 'node:util';

import type { ControlPlane } from './control-plane.ts';

/** Brings the newest status of each pod to the control plane, one at a time per pod, again until acknowledged. */
export interface StatusWriter {
  /** Writes nothing when nothing changed. */
  set(pod: Pod, status: PodStatus): void;
  /** The status last set. */
  latest(uid: string): PodStatus | undefined;
  /** Sends the status again although it was acknowledged: the API shows another one. */
  resend(uid: string): void;
  /** Resolves when what was set last is acknowledged, or the pod is gone; rejects when `signal` aborts. */
  acknowledged(uid: string, signal: AbortSignal): Promise<void>;
  forget(uid: string): void;
  /** Sends nothing any more: what was not acknowledged is for the next agent to tell. */
  close(): void;
}

export interface StatusWriterOptions {
  readonly controlPlane: Pick<ControlPlane, 'reportPodStatus'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

interface Entry {
  readonly pod: Pod;
  status: PodStatus;
  /** What `status` looks like, for comparison. */
  text: string;
  acked: string | undefined;
  sending: boolean;
  attempts: number;
  cancel: () => void;
  waiters: (() => void)[];
}

const retry = { initialMs: 200, maxMs: 5000, jitter: 0.2 };

export function createStatusWriter(options: StatusWriterOptions): StatusWriter {
  const { controlPlane, clock, random, logger } = options;
  const entries = new Map<string, Entry>();
  let isClosed = false;
  const isOver = () => isClosed;

  const send = async (entry: Entry): Promise<void> => {
    if (isOver()) return;
    if (entry.sending || entry.acked === entry.text) return settle(entry);
    entry.sending = true;
    entry.cancel();
    const { name, namespace = '', uid } = entry.pod.metadata;
    const sent = entry.text;
    try {
      const found = await controlPlane.reportPodStatus({ namespace, name }, uid, entry.status);
      entry.attempts = 0;
      entry.acked = sent;
      // Nobody is left to tell.
      if (!found) entry.acked = entry.text;
    } catch (err) {
      logger.debug('Failed to report pod status', { pod: `${namespace}/${name}`, err });
      if (isOver()) return;
      const wait = backoff(entry.attempts++, retry, random);
      entry.cancel = clock.after(wait, () => void send(entry));
      return;
    } finally {
      entry.sending = false;
    }
    if (entries.get(uid) === entry) await send(entry);
  };

  const settle = (entry: Entry) => {
    if (entry.acked !== entry.text) return;
    for (const wake of entry.waiters.splice(0)) wake();
  };

  const create = (pod: Pod, status: PodStatus, text: string): Entry => ({
    pod,
    status,
    text,
    // An agent that took over finds its predecessor's words in the API.
    acked: isDeepStrictEqual(pod.status, status) ? text : undefined,
    sending: false,
    attempts: 0,
    cancel: () => undefined,
    waiters: [],
  });

  return {
    set(pod, status) {
      const { uid } = pod.metadata;
      const text = JSON.stringify(status);
      const entry = entries.get(uid) ?? create(pod, status, text);
      entries.set(uid, entry);
      entry.status = status;
      entry.text = text;
      // While a retry waits, a newer status goes out at once in its place.
      void send(entry);
    },
    latest: (uid) => entries.get(uid)?.status,
    resend(uid) {
      const entry = entries.get(uid);
      if (!entry || entry.acked !== entry.text) return;
      entry.acked = undefined;
      void send(entry);
    },
    async acknowledged(uid, signal) {
      const entry = entries.get(uid);
      if (!entry || entry.acked === entry.text) return;
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const abort = () => reject(new Error('Stopped waiting for the status to be acknowledged'));
        signal.addEventListener('abort', abort, { once: true });
        entry.waiters.push(() => {
          signal.removeEventListener('abort', abort);
          resolve();
        });
      });
    },
    forget(uid) {
      const entry = entries.get(uid);
      entry?.cancel();
      entries.delete(uid);
      for (const wake of entry?.waiters.splice(0) ?? []) wake();
    },
    close() {
      isClosed = true;
      for (const entry of entries.values()) entry.cancel();
    },
  };
}
