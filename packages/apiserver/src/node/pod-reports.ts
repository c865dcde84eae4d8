import { isConflict, isNotFound, pathOf, pods } from '@berth/api';
import type { ObjectRef, Pod, PodStatus } from '@berth/api';
import type { Lookup } from '../lookup.ts';
import type { ApiCalls } from './api-calls.ts';
import { mergePodStatus } from './merge-status.ts';
import { writeStatus } from './write-status.ts';

/**
 * Writes what a node observed of a pod; resolves to false when the pod is gone or another one has its name. The pod
 * is read by the server itself: a node may not ask for a pod that no longer exists.
 */
export async function reportPodStatus(
  calls: ApiCalls,
  lookup: Lookup,
  ref: ObjectRef,
  uid: string,
  status: PodStatus,
): Promise<boolean> {
  const read = async () => {
    const pod = await lookup(pods, ref);
    return pod?.metadata.uid === uid ? pod : undefined;
  };
  const merge = (old: PodStatus) => mergePodStatus(old, status);
  try {
    const written = await writeStatus<PodStatus, Pod>(calls, pathOf(pods, ref), read, merge);
    return written !== undefined;
  } catch (err) {
    if (isNotFound(err)) return false;
    throw err;
  }
}

/** Lets the object of a stopped pod go; fine when it went before. */
export async function removePod(calls: ApiCalls, ref: ObjectRef, uid: string): Promise<void> {
  try {
    await calls.call('DELETE', pathOf(pods, ref), {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      gracePeriodSeconds: 0,
      preconditions: { uid },
    });
  } catch (err) {
    if (!isNotFound(err) && !isConflict(err)) throw err;
  }
}
