import { badRequest, notFound } from '@berth/api';

import type { StreamTarget } from './control-plane.ts';
import type { NodePods } from './node-pods.ts';
import type { PodRecord } from './pod-record.ts';
import { activeSandbox, latestOf } from './pod-runtime.ts';
import { findContainer } from './pod-spec.ts';

/** Finds what a stream is meant for. Everything throws `StatusError` in upstream's words when it is not there. */
export interface StreamLookup {
  /** A running container. */
  container(target: StreamTarget): Promise<{ readonly id: string; readonly tty: boolean }>;
  /** The sandbox of a pod. */
  sandbox(target: StreamTarget): Promise<{ readonly id: string; readonly ips: readonly string[] }>;
}

const podType = { group: '', resource: 'pods' };

export function createStreamLookup(pods: Pick<NodePods, 'find' | 'read'>): StreamLookup {
  const recordOf = (target: StreamTarget): PodRecord => {
    const record = pods.find(target);
    if (!record) throw notFound(podType, target.pod);
    return record;
  };
  return {
    async container(target) {
      const record = recordOf(target);
      const latest = latestOf(await pods.read(record), target.container);
      if (latest?.state !== 'running') {
        throw badRequest(`container not found (${JSON.stringify(target.container)})`);
      }
      const spec = findContainer(record.pod, target.container);
      return { id: latest.id, tty: spec?.container.tty ?? false };
    },
    async sandbox(target) {
      const sandbox = activeSandbox(await pods.read(recordOf(target)));
      if (!sandbox) throw notFound(podType, target.pod);
      return { id: sandbox.id, ips: sandbox.ips };
    },
  };
}
