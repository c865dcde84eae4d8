import { keyOf, persistentVolumeClaims, pods, statefulSets, toSelector } from '@berth/api';
import type { StatefulSet } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { isNamespaceTerminating, messageOf, unlessExists, unlessNotFound } from '../failures.ts';
import { createFreshest } from '../freshest.ts';
import { createRevisionKeeper } from '../history/keep-revisions.ts';
import type { History } from '../history/keep-revisions.ts';
import { templateOf } from '../history/plan.ts';
import { selectedBy } from '../owned.ts';
import { createOwnedPods } from '../owned-pods.ts';
import { same } from '../same.ts';
import { ordinalOf, revisionOf } from './identity.ts';
import { nextAvailability, planStatefulSet, planStatus } from './plan.ts';
import type { Action, Observed } from './plan.ts';

/** Keeps pods that have names, places in an order and volumes of their own. */
export function createStatefulSetController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder('statefulset-controller');
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(statefulSets);
  const claimInformer = informers.informer(persistentVolumeClaims);
  const freshest = createFreshest<StatefulSet>();
  const history = createRevisionKeeper(client, informers, statefulSets);
  const owned = createOwnedPods<StatefulSet>({
    context,
    type: statefulSets,
    informer,
    queue,
    recorder,
    fits: (set, pod) =>
      ordinalOf(set, pod.metadata.name) !== undefined &&
      selectedBy(toSelector(set.spec.selector))(pod),
    words: {
      created: (set, name) => `create Pod ${name} in StatefulSet ${set} successful`,
      notCreated: (set, name, why) =>
        `create Pod ${name} in StatefulSet ${set} failed error: ${why}`,
      deleted: (set, name) => `delete Pod ${name} in StatefulSet ${set} successful`,
      notDeleted: (set, name, why) =>
        `delete Pod ${name} in StatefulSet ${set} failed error: ${why}`,
    },
  });
  informer.addHandler({
    added: (set) => queue.add(keyOf(set)),
    updated: (_, set) => queue.add(keyOf(set)),
    deleted: (set) => freshest.forget(keyOf(set)),
  });

  const act = async (set: StatefulSet, action: Action): Promise<void> => {
    switch (action.kind) {
      case 'createClaim':
        return createClaim(set, action);
      case 'updateClaim':
        await client.update(persistentVolumeClaims, action.claim).catch(unlessNotFound);
        return;
      case 'updatePod':
        await client.update(pods, action.pod).catch(unlessNotFound);
        return;
      case 'createPod': {
        const { failure } = await owned.create(set, [action.draft]);
        if (failure) throw failure.cause;
        return;
      }
      case 'removePod': {
        const { failure } = await owned.remove(set, [action.pod]);
        if (failure) throw failure.cause;
        return;
      }
    }
  };
  const createClaim = async (
    set: StatefulSet,
    { draft, podName }: Action & { readonly kind: 'createClaim' },
  ): Promise<void> => {
    const about = `Claim ${draft.metadata.name} Pod ${podName} in StatefulSet ${set.metadata.name}`;
    try {
      await client.create(persistentVolumeClaims, draft).catch(unlessExists);
      recorder.event(set, 'Normal', 'SuccessfulCreate', `create ${about} success`);
    } catch (err) {
      if (isNamespaceTerminating(err)) return;
      const message = `create ${about} failed error: ${messageOf(err)}`;
      recorder.event(set, 'Warning', 'FailedCreate', message);
      throw err;
    }
  };

  const observe = async (set: StatefulSet, { revisions, newest }: History): Promise<Observed> => {
    const before = revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision);
    const namespace = set.metadata.namespace ?? '';
    return {
      set,
      pods: await owned.claim(set),
      claim: (name) => claimInformer.lister.get(`${namespace}/${name}`),
      current: before
        ? { name: before.metadata.name, template: templateOf(before) }
        : { name: newest.metadata.name, template: set.spec.template },
      update: { name: newest.metadata.name, template: set.spec.template },
      now: clock.now(),
    };
  };

  const write = async (set: StatefulSet, status: NonNullable<StatefulSet['status']>) => {
    if (same(status, set.status)) return;
    const written = await client
      .updateStatus(statefulSets, { ...set, status })
      .catch(unlessNotFound);
    if (written) freshest.wrote(written);
  };

  return createController({
    name: 'statefulset',
    queue,
    workers: 5,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const copy = informer.lister.get(key);
      if (!copy) return undefined;
      // What was made or deleted last will wake this key once the copy shows it.
      if (!owned.isSettled(key)) return { requeueAfterMs: 1000 };
      const set = freshest.of(copy);
      const kept = await history.of(set);
      if (!kept) {
        const collisionCount = (set.status?.collisionCount ?? 0) + 1;
        await write(set, { replicas: 0, ...set.status, collisionCount });
        return undefined;
      }
      const observed = await observe(set, kept);
      const actions = planStatefulSet(observed);
      try {
        for (const action of actions) await act(set, action);
      } finally {
        await write(set, planStatus(observed, actions));
      }
      const live = new Set([
        observed.current.name,
        observed.update.name,
        ...observed.pods.flatMap((pod) => revisionOf(pod) ?? []),
      ]);
      await history.trim(set, kept, live);
      return { requeueAfterMs: nextAvailability(observed) };
    },
  });
}
