import { isNotFound } from '@berth/api';
import type { KubeObject, ObjectMeta, ObjectRef, OwnerReference, ResourceType } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext, Reconcile } from '../controller.ts';
import { followTypes } from './follow-types.ts';
import { createOwnerGraph, foregroundFinalizer, orphanFinalizer } from './graph.ts';
import type { GraphNode, OwnerGraph } from './graph.ts';
import { planObject } from './plan.ts';
import type { OwnerState } from './plan.ts';

const name = 'garbage-collector';

/** Deletes what has lost its owners, and carries out foreground and orphan deletion. Keys are uids. */
export function createGarbageCollector(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;

  const reconcilerFor = (graph: OwnerGraph, wake: (uid: string) => void): Reconcile => {
    /** The copy may be old: before anything is deleted the live object and live owners are asked. */
    const liveNode = async (node: GraphNode): Promise<GraphNode | undefined> => {
      const live = await getOrNone(node.type, node);
      // The event that comes later will find its news known: whom it touches has to be woken now.
      if (live?.metadata.uid !== node.uid) {
        graph.remove(node.uid).forEach(wake);
        return undefined;
      }
      if (!isSame(node, live)) graph.put(node.type, live).forEach(wake);
      return graph.get(node.uid);
    };
    const stateOf = async (owner: OwnerReference, dependent: GraphNode): Promise<OwnerState> => {
      const known = graph.get(owner.uid);
      if (known)
        return known.isDeleting && known.finalizers.includes(foregroundFinalizer)
          ? 'waiting'
          : 'solid';
      const type = graph.typeOf(owner);
      // A kind that is not served here cannot be judged, and neither can an owner in another namespace.
      if (!type || (type.namespaced && !dependent.namespace)) return 'solid';
      const ref = { name: owner.name, ...(type.namespaced && { namespace: dependent.namespace! }) };
      const live = await getOrNone(type, ref);
      return live?.metadata.uid === owner.uid ? 'solid' : 'absent';
    };
    const act = async (node: GraphNode): Promise<void> => {
      const states = new Map<string, OwnerState>();
      for (const owner of node.owners) states.set(owner.uid, await stateOf(owner, node));
      const action = planObject({
        node,
        dependents: graph.dependentsOf(node.uid),
        ownerState: ({ uid }) => states.get(uid) ?? 'solid',
      });
      switch (action.kind) {
        case 'nothing':
          return;
        case 'delete':
          logger.debug('Deleted an object without owners', {
            resource: node.type.resource,
            object: refOf(node),
          });
          if (action.unblockOwners) await unblockOwners(node);
          await client.remove(node.type, refOf(node), {
            propagationPolicy: action.propagationPolicy,
            preconditions: { uid: node.uid },
          });
          return;
        case 'dropOwners':
          await dropOwners(node, new Set(action.uids));
          return;
        case 'removeFinalizer':
          await removeFinalizer(node, action.finalizer);
          return;
        case 'orphan':
          for (const dependent of action.dependents)
            await dropOwners(dependent, new Set([node.uid]));
          await removeFinalizer(node, orphanFinalizer);
          return;
        case 'deleteFirst':
          for (const { uid } of action.dependents) wake(uid);
          return;
      }
    };
    return async (uid) => {
      const node = graph.get(uid);
      if (!node) return undefined;
      const needsLook = node.owners.length > 0 || node.isDeleting;
      const live = needsLook ? await confirm(node, liveNode, stateOf) : undefined;
      if (live) await act(live).catch(unlessGone);
      return undefined;
    };
  };

  const getOrNone = (type: ResourceType, ref: Named): Promise<KubeObject | undefined> =>
    client.get(type, refOf(ref)).catch((err: unknown) => {
      if (isNotFound(err)) return undefined;
      throw err;
    });

  const changeMetadata = async (
    node: GraphNode,
    change: (live: ObjectMeta) => Partial<ObjectMeta>,
  ) => {
    const live = await getOrNone(node.type, node);
    if (live?.metadata.uid !== node.uid) return;
    const { uid, resourceVersion } = live.metadata;
    await client.patch(node.type, refOf(node), 'merge', {
      metadata: { uid, resourceVersion, ...change(live.metadata) },
    });
  };
  const dropOwners = (node: GraphNode, uids: ReadonlySet<string>) =>
    changeMetadata(node, ({ ownerReferences = [] }) => ({
      ownerReferences: ownerReferences.filter(({ uid }) => !uids.has(uid)),
    }));
  const unblockOwners = (node: GraphNode) =>
    changeMetadata(node, ({ ownerReferences = [] }) => ({
      ownerReferences: ownerReferences.map((owner) => ({ ...owner, blockOwnerDeletion: false })),
    }));
  const removeFinalizer = (node: GraphNode, finalizer: string) =>
    changeMetadata(node, ({ finalizers = [] }) => ({
      finalizers: finalizers.filter((each) => each !== finalizer),
    }));

  return {
    name,
    async run(signal) {
      const graph = createOwnerGraph();
      const queue = createWorkqueue<string>({ clock, random });
      const wake = (uid: string) => queue.add(uid);
      const types = followTypes(context, {
        handlerOf: (type) => ({
          added: (object) => graph.put(type, object).forEach(wake),
          updated(before, object) {
            if (concernsOwnership(before, object)) graph.put(type, object).forEach(wake);
          },
          deleted: ({ metadata }) => graph.remove(metadata.uid).forEach(wake),
        }),
        learned: (fresh) => graph.learn(fresh).forEach(wake),
        forgotten: (type) => graph.forget(type).forEach(wake),
      });
      await types.start(signal);
      const controller = createController({
        name,
        queue,
        reconcile: reconcilerFor(graph, wake),
        workers: 20,
        logger,
        ready: (ready) => informers.synced(ready),
      });
      await Promise.all([controller.run(signal), types.run(signal)]);
    },
  };
}

/** Most objects are healthy by the copy alone; only those that are not are looked at live. */
async function confirm(
  node: GraphNode,
  liveNode: (node: GraphNode) => Promise<GraphNode | undefined>,
  stateOf: (owner: OwnerReference, node: GraphNode) => Promise<OwnerState>,
): Promise<GraphNode | undefined> {
  if (!node.isDeleting) {
    const states = await Promise.all(node.owners.map((owner) => stateOf(owner, node)));
    if (states.every((state) => state === 'solid')) return undefined;
  }
  return liveNode(node);
}

type Named = Pick<GraphNode, 'name'> & Partial<Pick<GraphNode, 'namespace'>>;

const refOf = ({ namespace, name: objectName }: Named): ObjectRef => ({
  name: objectName,
  ...(namespace && { namespace }),
});

/** Heartbeats and status changes are most of the traffic and change nothing here. */
const concernsOwnership = (before: KubeObject, after: KubeObject) =>
  before.metadata.uid !== after.metadata.uid ||
  before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
  !sameList(before.metadata.finalizers, after.metadata.finalizers) ||
  JSON.stringify(before.metadata.ownerReferences) !==
    JSON.stringify(after.metadata.ownerReferences);

const isSame = (known: GraphNode, { metadata }: KubeObject) =>
  known.isDeleting === (metadata.deletionTimestamp !== undefined) &&
  sameList(known.finalizers, metadata.finalizers) &&
  JSON.stringify(known.owners) === JSON.stringify(metadata.ownerReferences ?? []);

const sameList = (a: readonly string[] = [], b: readonly string[] = []) =>
  a.length === b.length && a.every((value, i) => value === b[i]);

/**
 * What is gone needs nothing more. A lost race does: the change that won it may have been one of a status, and such
 * changes wake nobody here.
 */
function unlessGone(err: unknown): void {
  if (!isNotFound(err)) throw err;
}
