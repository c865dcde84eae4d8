import { isConflict, isNotFound, nodes as nodesType, pods as podsType } from '@berth/api';
import type { Pod } from '@berth/api';
import { makeNode } from '@berth/api/testing';
import type { Client } from '@berth/client';

/** The image whose pods never get ready. */
export const brokenImage = 'broken:1';

/** Makes a node known as one that is well; the node lifecycle then lets pods come. */
export async function registerNode(client: Client, name: string): Promise<void> {
  const { metadata, status } = makeNode(name);
  await client.create(nodesType, { metadata: { name, labels: metadata.labels ?? {} }, spec: {} });
  const condition = { ...status!.conditions![0]!, lastHeartbeatTime: new Date().toISOString() };
  const patch = { status: { ...status, conditions: [condition] } };
  await client.patch(nodesType, { name }, 'merge', patch, { subresource: 'status' });
}

/**
 * A node as the API sees one: its pods are Running and Ready as soon as they are bound to it, unless their image is
 * broken, and gone as soon as they are deleted.
 */
export async function runFakeKubelet(
  client: Client,
  { name, number }: { readonly name: string; readonly number: number },
  signal: AbortSignal,
): Promise<void> {
  let given = 1;
  const settle = async (pod: Pod) => {
    if (pod.metadata.deletionTimestamp !== undefined) {
      await client.remove(podsType, pod.metadata, {
        gracePeriodSeconds: 0,
        preconditions: { uid: pod.metadata.uid },
      });
    } else if (pod.status?.phase === 'Pending') {
      given += 1;
      await client.updateStatus(podsType, running(pod, `10.244.${number}.${given}`));
    }
  };
  while (!signal.aborted) {
    const options = { fieldSelector: `spec.nodeName=${name}`, sendInitialEvents: true };
    for await (const change of client.watch(podsType, options, signal)) {
      if (change.type === 'ADDED' || change.type === 'MODIFIED') {
        await settle(change.object).catch(unlessOutrun);
      }
    }
  }
}

function running(pod: Pod, podIP: string): Pod {
  const startTime = new Date().toISOString().replace(/\.\d+/, '');
  const isBroken = pod.spec.containers.some(({ image }) => image === brokenImage);
  const status = isBroken ? 'False' : 'True';
  const condition = (type: string) => ({ type, status, lastTransitionTime: startTime });
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: 'Running',
      podIP,
      podIPs: [{ ip: podIP }],
      startTime,
      conditions: [
        ...(pod.status?.conditions ?? []),
        condition('Ready'),
        condition('ContainersReady'),
      ],
      containerStatuses: pod.spec.containers.map(({ name, image }) => ({
        name,
        image: image ?? '',
        imageID: '',
        ready: !isBroken,
        restartCount: 0,
        state: { running: { startedAt: startTime } },
      })),
    },
  };
}

/** A newer event of the pod will come. */
function unlessOutrun(err: unknown): void {
  if (!isConflict(err) && !isNotFound(err)) throw err;
}
