import { replicationControllers, selectorFromLabels } from '@berth/api';
import type { Controller, ControllerContext } from '../controller.ts';
import { createReplicaKeeper } from '../replicaset/keep-replicas.ts';

/** Keeps as many pods of a ReplicationController as its spec asks for: the older sibling of the ReplicaSet. */
export const createReplicationController = (context: ControllerContext): Controller =>
  createReplicaKeeper(context, {
    name: 'replication-controller',
    component: 'replication-controller',
    type: replicationControllers,
    selectorOf: ({ spec }) => spec.selector && selectorFromLabels(spec.selector),
    // The older kind does not count the pods on their way out.
    withStatus: (controller, { terminatingReplicas: _, ...status }) => ({ ...controller, status }),
  });
