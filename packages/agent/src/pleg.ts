import { sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { ContainerEvent, Labels, RuntimeService } from '@berth/cri';

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

interface Item {
  readonly id: string;
  readonly sandboxId: string;
  readonly state: string;
  readonly labels: Labels;
}

/** What the runtime holds of one pod, by id. */
interface Seen {
  readonly pod: PodIdentity;
  readonly items: ReadonlyMap<string, Item>;
}

export function createPleg(options: PlegOptions): Pleg {
  const { runtime, clock, logger, onChange, intervalMs } = options;
  let seen = new Map<string, Seen>();
  let hasEvents = false;
  let listing: Promise<void> | undefined;

  const tell = (old: Seen | undefined, now: Seen | undefined): void => {
    const pod = (now ?? old)?.pod;
    if (pod && !isSame(old, now)) onChange(pod, now !== undefined);
  };

  const list = async (): Promise<void> => {
    const fresh = group(await itemsOf(runtime));
    const before = seen;
    seen = fresh;
    for (const uid of new Set([...before.keys(), ...fresh.keys()]))
      tell(before.get(uid), fresh.get(uid));
  };

  const podOf = (sandboxId: string): PodIdentity | undefined => {
    for (const { pod, items } of seen.values()) if (items.has(sandboxId)) return pod;
    return undefined;
  };

  /** An event tells of one sandbox: what the runtime is asked must not grow with what else runs on the node. */
  const lookAt = async (sandboxId: string): Promise<void> => {
    const items = await itemsOf(runtime, sandboxId);
    const uid = items[0]?.labels[podUidLabel] ?? podOf(sandboxId)?.uid ?? '';
    const old = seen.get(uid);
    const others = [...(old?.items.values() ?? [])].filter((item) => item.sandboxId !== sandboxId);
    const now = group([...others, ...items]).get(uid);
    if (now) seen.set(uid, now);
    else seen.delete(uid);
    tell(old, now);
  };

  const happened = async ({ podSandboxId, type }: ContainerEvent): Promise<void> => {
    const pod = podOf(podSandboxId);
    // Whoever is told looks for itself, so there is no need to know what is new.
    if (pod && type !== 'DELETED') onChange(pod, true);
    else await (podSandboxId === '' ? relist() : lookAt(podSandboxId));
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
        await follow(runtime.containerEvents(signal)[Symbol.asyncIterator]());
      } catch (err) {
        logger.debug('Lost the events of the runtime', { err });
      }
      await sleep(clock, intervalMs, signal);
    }
  };

  const follow = async (events: AsyncIterator<ContainerEvent>): Promise<void> => {
    let isListening = true;
    const first = events.next();
    // No event tells of what happened while nobody listened.
    const level = relist().then(
      () => void (hasEvents = isListening),
      (err: unknown) => logger.debug('Failed to list the runtime', { err }),
    );
    try {
      for (let event = await first; !event.done; event = await events.next()) {
        await level;
        await happened(event.value);
      }
    } finally {
      isListening = false;
      hasEvents = false;
      await events.return?.();
    }
  };

  return {
    relist,
    async run(signal) {
      await Promise.all([poll(signal), listen(signal)]);
    },
  };
}

/** What the runtime holds, or what of it belongs to one sandbox, which is among it. */
async function itemsOf(runtime: RuntimeService, sandboxId?: string): Promise<readonly Item[]> {
  const [sandboxes, containers] = await Promise.all([
    runtime.listPodSandbox(sandboxId === undefined ? {} : { id: sandboxId }),
    runtime.listContainers(sandboxId === undefined ? {} : { podSandboxId: sandboxId }),
  ]);
  return [
    ...sandboxes.map(({ id, state, labels }) => ({ id, sandboxId: id, state, labels })),
    ...containers.map(({ id, podSandboxId, state, labels }) => ({
      id,
      sandboxId: podSandboxId,
      state,
      labels,
    })),
  ];
}

function group(items: readonly Item[]): Map<string, Seen> {
  const pods = new Map<string, { readonly pod: PodIdentity; readonly items: Map<string, Item> }>();
  for (const item of items) {
    const uid = item.labels[podUidLabel];
    // Not everything in a runtime belongs to a pod.
    if (!uid) continue;
    const pod = {
      uid,
      name: item.labels[podNameLabel] ?? '',
      namespace: item.labels[podNamespaceLabel] ?? '',
    };
    const entry = pods.get(uid) ?? { pod, items: new Map<string, Item>() };
    entry.items.set(item.id, item);
    pods.set(uid, entry);
  }
  return pods;
}

const isSame = (a: Seen | undefined, b: Seen | undefined): boolean =>
  a?.items.size === b?.items.size &&
  [...(a?.items ?? [])].every(([id, { state }]) => b?.items.get(id)?.state === state);
