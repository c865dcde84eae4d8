import { sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Labels, RuntimeService } from '@berth/cri';

import { podNameLabel, podNamespaceLabel, podUidLabel } from './cri-labels.ts';
import type { PodIdentity } from './runtime-reader.ts';

/** Watches the runtime and says which pods to look at again. */
export interface Pleg {
  /** Compares the runtime with what it held last time. */
  relist(): Promise<void>;
  /** Compares again and again until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface PlegOptions {
  readonly runtime: RuntimeService;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Something of the pod changed; `present` is false when nothing of it is left. */
  readonly onChange: (pod: PodIdentity, present: boolean) => void;
  /** How often to compare where the runtime offers no events. */
  readonly intervalMs: number;
}

/** With events, comparing only makes good for what was missed. */
const slowIntervalMs = 30_000;

interface Seen {
  readonly pod: PodIdentity;
  readonly items: Map<string, string>;
}

export function createPleg(options: PlegOptions): Pleg {
  const { runtime, clock, logger, onChange, intervalMs } = options;
  let seen = new Map<string, Seen>();
  let hasEvents = false;
  let listing: Promise<void> | undefined;

  const list = async (): Promise<void> => {
    const [sandboxes, containers] = await Promise.all([
      runtime.listPodSandbox(),
      runtime.listContainers(),
    ]);
    const fresh = group([...sandboxes, ...containers]);
    const before = seen;
    seen = fresh;
    for (const uid of new Set([...before.keys(), ...fresh.keys()])) {
      const [old, now] = [before.get(uid), fresh.get(uid)];
      const pod = (now ?? old)?.pod;
      if (pod && !isSame(old, now)) onChange(pod, now !== undefined);
    }
  };

  const relist = (): Promise<void> =>
    (listing ??= list().finally(() => {
      listing = undefined;
    }));

  const poll = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await sleep(clock, hasEvents ? slowIntervalMs : intervalMs, signal);
      if (signal.aborted) return;
      await relist().catch((err: unknown) => logger.debug('Failed to list the runtime', { err }));
    }
  };

  const listen = async (signal: AbortSignal): Promise<void> => {
    while (runtime.containerEvents && !signal.aborted) {
      try {
        hasEvents = true;
        for await (const _event of runtime.containerEvents(signal)) await relist();
      } catch (err) {
        logger.debug('Lost the events of the runtime', { err });
      }
      hasEvents = false;
      await sleep(clock, intervalMs, signal);
    }
  };

  return {
    relist,
    async run(signal) {
      await Promise.all([poll(signal), listen(signal)]);
    },
  };
}

interface Item {
  readonly id: string;
  readonly state: string;
  readonly labels: Labels;
}

function group(items: readonly Item[]): Map<string, Seen> {
  const pods = new Map<string, Seen>();
  for (const { id, state, labels } of items) {
    const uid = labels[podUidLabel];
    // Not everything in a runtime belongs to a pod.
    if (!uid) continue;
    const pod = {
      uid,
      name: labels[podNameLabel] ?? '',
      namespace: labels[podNamespaceLabel] ?? '',
    };
    const entry = pods.get(uid) ?? { pod, items: new Map<string, string>() };
    entry.items.set(id, state);
    pods.set(uid, entry);
  }
  return pods;
}

const isSame = (a: Seen | undefined, b: Seen | undefined): boolean =>
  a?.items.size === b?.items.size &&
  [...(a?.items ?? [])].every(([id, state]) => b?.items.get(id) === state);
