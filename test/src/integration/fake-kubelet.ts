import { isConflict, isNotFound, nodes as nodesType, pods as podsType } from '@berth/api';
import type { Pod } from '@berth/api';
import { makeNode } from '@berth/api/testing';
import type { Client } from '@berth/client';

/** The image whose pods never get ready. */
export const brokenImage = 'broken:1';

/** The image whose containers end as soon as they run, with this code. */
export const endingImage = (exitCode: number): string => `ends:${exitCode}`;

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
 * broken, and gone as soon as they are deleted. Containers of an ending image end at once.
 */
export async function runFakeKubelet(
  client: Client,
  { name, number }: { readonly name: string; readonly number: number },
  signal: AbortSignal,
): Promise<void> {
  let given = 1;
  const settle = async (pod: Pod) => {
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (pod.status?.phase === 'Running') {
        await client.updateStatus(podsType, ended(pod, killed));
      }
      await client.remove(podsType, pod.metadata, {
        gracePeriodSeconds: 0,
        preconditions: { uid: pod.metadata.uid },
      });
    } else if (pod.status?.phase === 'Pending') {
      given += 1;
      const started = running(pod, `10.244.${number}.${given}`);
      const code = exitCodeOf(pod);
      await client.updateStatus(podsType, code === undefined ? started : ended(started, code));
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

const killed = 137;

function exitCodeOf({ spec }: Pod): number | undefined {
  const [, code] = /^ends:(\d+)$/.exec(spec.containers[0]?.image ?? '') ?? [];
  return code === undefined ? undefined : Number(code);
}

function ended(pod: Pod, exitCode: number): Pod {
  const finishedAt = new Date().toISOString().replace(/\.\d+/, '');
  const state = { terminated: { exitCode, finishedAt, reason: exitCode ? 'Error' : 'Completed' } };
  const unready = (type: string) => type === 'Ready' || type === 'ContainersReady';
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      conditions: (pod.status?.conditions ?? []).map((condition) =>
        unready(condition.type) ? { ...condition, status: 'False' } : condition,
      ),
      containerStatuses: (pod.status?.containerStatuses ?? []).map((status) => ({
        ...status,
        ready: false,
        state,
      })),
    },
  };
}

/** A newer event of the pod will come. */
function unlessOutrun(err: unknown): void {
  if (!isConflict(err) && !isNotFound(err)) throw err;
}
