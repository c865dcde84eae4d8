import { disruptionTarget, isNotFound, nodes, pods, setCondition } from '@berth/api';
import type { Pod, PodCondition } from '@berth/api';
import { formatTime } from '@berth/component-base';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { unlessNotFound } from '../failures.ts';
import { isFinished } from '../pods.ts';
import { planPodCleanup } from './plan.ts';
import type { Doomed } from './plan.ts';

export interface PodCleanupOptions {
  /** Upstream's --terminated-pod-gc-threshold. */
  readonly terminatedPodThreshold: number;
  readonly periodMs: number;
  /** How long a node must have been missing before its pods go: the copy of the nodes may be behind that of the pods. */
  readonly quarantineMs: number;
}

export const podCleanupDefaults: PodCleanupOptions = {
  terminatedPodThreshold: 12_500,
  periodMs: 20_000,
  quarantineMs: 40_000,
};

/** There is one job, and it concerns all pods. */
const everything = 'pods';

/** Removes pods that no node will ever report gone: on nodes that do not exist, finished ones beyond a number, and so on. */
export function createPodGarbageCollector(
  context: ControllerContext,
  options: PodCleanupOptions = podCleanupDefaults,
): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const podInformer = informers.informer(pods);
  const nodeInformer = informers.informer(nodes);
  const missingSince = new Map<string, number>();
  queue.add(everything);

  const updateMissing = (now: number): void => {
    const named = new Set(podInformer.lister.list().flatMap(({ spec }) => spec.nodeName ?? []));
    const missing = new Set([...named].filter((name) => !nodeInformer.lister.get(name)));
    for (const name of missingSince.keys()) if (!missing.has(name)) missingSince.delete(name);
    for (const name of missing) if (!missingSince.has(name)) missingSince.set(name, now);
  };
  const lostNodes = async (now: number): Promise<ReadonlySet<string>> => {
    const lost = new Set<string>();
    for (const [name, since] of missingSince) {
      if (now - since < options.quarantineMs) continue;
      const isThere = await client.get(nodes, { name }).then(() => true, falseIfNotFound);
      if (!isThere) lost.add(name);
    }
    return lost;
  };

  /** One that has not ended says why it does, for whoever counts its end. */
  const remove = async ({ pod, cause }: Doomed): Promise<void> => {
    if (!isFinished(pod)) {
      const conditions = conditionsFor(pod, cause, formatTime(clock.now()));
      const status = { phase: 'Failed', ...(conditions && { conditions }) };
      const patch = { metadata: { uid: pod.metadata.uid }, status };
      await client.patch(pods, pod.metadata, 'strategic', patch, { subresource: 'status' });
    }
    const preconditions = { uid: pod.metadata.uid };
    await client.remove(pods, pod.metadata, { gracePeriodSeconds: 0, preconditions });
    logger.info('Removed a pod', { pod: `${pod.metadata.namespace}/${pod.metadata.name}`, cause });
  };

  return createController({
    name: 'pod-garbage-collector',
    queue,
    workers: 1,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile() {
      const now = clock.now();
      updateMissing(now);
      const doomed = planPodCleanup({
        pods: podInformer.lister.list(),
        node: (name) => nodeInformer.lister.get(name),
        lostNodes: await lostNodes(now),
        terminatedPodThreshold: options.terminatedPodThreshold,
      });
      for (const each of doomed) await remove(each).catch(unlessNotFound);
      return { requeueAfterMs: options.periodMs };
    },
  });
}

function conditionsFor(
  pod: Pod,
  cause: Doomed['cause'],
  now: string,
): readonly PodCondition[] | undefined {
  if (cause !== 'orphaned') return undefined;
  const condition = disruptionTarget(pod, 'DeletionByPodGC', 'PodGC: node no longer exists');
  return setCondition<PodCondition>(pod.status?.conditions, condition, now);
}

function falseIfNotFound(err: unknown): false {
  if (isNotFound(err)) return false;
  throw err;
}
