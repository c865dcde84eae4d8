import { findCondition, keyOf, pods } from '@berth/api';
import type { Pod } from '@berth/api';
import { formatTime } from '@berth/component-base';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { unlessNotFound } from '../failures.ts';
import { isFinished } from '../pods.ts';

const type = 'DisruptionTarget';
const staleAfterMs = 2 * 60_000;

/**
 * When what was said of a pod, that it is about to be disrupted, is no longer true, in ms since the epoch. The kubelet's word
 * stands: it may take as long as it likes to end a pod.
 */
export function staleAt(pod: Pod): number | undefined {
  if (pod.metadata.deletionTimestamp || isFinished(pod)) return undefined;
  const condition = findCondition(pod.status?.conditions, type);
  if (condition?.status !== 'True' || condition.reason === 'TerminationByKubelet') return undefined;
  return Date.parse(condition.lastTransitionTime ?? '') + staleAfterMs || undefined;
}

/** Takes back that a pod is about to be disrupted, when it is there two minutes later. */
export function createStaleDisruptionController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(pods);
  const wake = (pod: Pod) => {
    if (staleAt(pod) !== undefined) queue.add(keyOf(pod));
  };
  informer.addHandler({ added: wake, updated: (_, pod) => wake(pod) });

  return createController({
    name: 'stale-disruption',
    queue,
    workers: 1,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const pod = informer.lister.get(key);
      const at = pod && staleAt(pod);
      if (!pod || at === undefined) return undefined;
      const now = clock.now();
      if (at > now) return { requeueAfterMs: at - now };
      const conditions = [{ type, status: 'False', lastTransitionTime: formatTime(now) }];
      const patch = { metadata: { uid: pod.metadata.uid }, status: { conditions } };
      await client
        .patch(pods, pod.metadata, 'strategic', patch, { subresource: 'status' })
        .catch(unlessNotFound);
      return undefined;
    },
  });
}
