import { disruptionTarget, isConflict, isNotFound, pods } from '@berth/api';
import type { Pod } from '@berth/api';
import type { Client } from '@berth/client';
import { formatTime } from '@berth/component-base';
import type { Clock } from '@berth/component-base';

/**
 * Says on the pod why the scheduler disrupts it, and deletes it. False when it is gone already, or another one is there by
 * its name.
 */
export async function evictPod(
  pod: Pod,
  message: string,
  { client, clock }: { readonly client: Pick<Client, 'patch' | 'remove'>; readonly clock: Clock },
): Promise<boolean> {
  const { metadata } = pod;
  const { uid } = metadata;
  const condition = {
    ...disruptionTarget(pod, 'PreemptionByScheduler', message),
    lastTransitionTime: formatTime(clock.now()),
  };
  const patch = { metadata: { uid }, status: { conditions: [condition] } };
  try {
    await client.patch(pods, metadata, 'strategic', patch, { subresource: 'status' });
    await client.remove(pods, metadata, { preconditions: { uid } });
    return true;
  } catch (err) {
    if (isGone(err)) return false;
    throw err;
  }
}

/** The pod is not there any more, or another one is there by its name. */
export const isGone = (err: unknown) => isNotFound(err) || isConflict(err);
