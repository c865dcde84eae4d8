import { replicaSets, toSelector } from '@berth/api';
import type { Controller, ControllerContext } from '../controller.ts';
import { createReplicaKeeper } from './keep-replicas.ts';

/** Keeps as many pods of a ReplicaSet as its spec asks for. */
export const createReplicaSetController = (context: ControllerContext): Controller =>
  createReplicaKeeper(context, {
    name: 'replicaset',
    component: 'replicaset-controller',
    type: replicaSets,
    selectorOf: ({ spec }) => toSelector(spec.selector),
    withStatus: (set, status) => ({ ...set, status }),
  });
