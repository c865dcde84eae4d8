import {
  isAlreadyExists,
  isNotFound,
  keyOf,
  matchesLabels,
  pods,
  replicaSets,
  toSelector,
} from '@berth/api';
import type { Draft, Pod, ReplicaSet } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import type { EventRecorder } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext, Reconcile } from '../controller.ts';
import { createExpectations } from '../expectations.ts';
import {
  byController,
  controllerIndex,
  controllerOf,
  controllerReference,
  planClaims,
} from '../owned.ts';
import { inGrowingBatches } from '../growing-batches.ts';
import { same } from '../same.ts';
import { nextAvailability, planReplicas, planStatus } from './plan.ts';
import type { Observed, ReplicaPlan } from './plan.ts';

const name = 'replicaset';

/** Keeps as many pods of a ReplicaSet as its spec asks for. */
export function createReplicaSetController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder('replicaset-controller');
  const queue = createWorkqueue<string>({ clock, random });
  const expectations = createExpectations(clock);
  const setInformer = informers.informer(replicaSets);
  const podInformer = informers.informer(pods);
  podInformer.addIndex(byController, controllerIndex);
  setInformer.addIndex(byController, controllerIndex);

  const wakeOwner = (pod: Pod) => {
    const owner = controllerOf(pod.metadata);
    if (owner?.kind === replicaSets.kind) {
      const key = `${pod.metadata.namespace}/${owner.name}`;
      queue.add(key);
      return key;
    }
    if (!owner) for (const set of setsMatching(pod)) queue.add(keyOf(set));
    return undefined;
  };
  const setsMatching = ({ metadata }: Pod) =>
    setInformer.lister
      .listNamespace(metadata.namespace ?? '')
      .filter(({ spec }) => matchesLabels(toSelector(spec.selector), metadata.labels));

  setInformer.addHandler({
    added: (set) => queue.add(keyOf(set)),
    updated: (_, set) => queue.add(keyOf(set)),
    deleted(set) {
      expectations.forget(keyOf(set));
      queue.add(keyOf(set));
    },
  });
  podInformer.addHandler({
    added(pod) {
      if (pod.metadata.deletionTimestamp) return gone(pod);
      const key = wakeOwner(pod);
      if (key) expectations.creationSeen(key);
    },
    updated(before, pod) {
      if (pod.metadata.deletionTimestamp && !before.metadata.deletionTimestamp) gone(pod);
      else {
        if (controllerOf(before.metadata)?.uid !== controllerOf(pod.metadata)?.uid)
          wakeOwner(before);
        wakeOwner(pod);
      }
    },
    deleted: (pod) => gone(pod),
  });
  const gone = (pod: Pod) => {
    const key = wakeOwner(pod);
    if (key) expectations.deletionSeen(key, pod.metadata.uid);
  };

  const reconcile: Reconcile = async (key) => {
    const set = setInformer.lister.get(key);
    if (!set) return undefined;
    const owned = await claim(set);
    const observed: Observed = {
      replicaSet: set,
      pods: owned,
      companyOn: companyOf(set),
      now: clock.now(),
    };
    const failure = expectations.satisfied(key)
      ? await apply(set, planReplicas(observed))
      : undefined;
    await writeStatus(observed, failure);
    if (failure) throw failure.cause;
    return { requeueAfterMs: nextAvailability(observed) };
  };

  /** Takes matching orphans over and lets go of pods that stopped matching; the live object decides, not the copy. */
  const claim = async (set: ReplicaSet): Promise<readonly Pod[]> => {
    const candidates = podInformer.lister.listNamespace(set.metadata.namespace ?? '');
    const claims = planClaims(set, candidates, toSelector(set.spec.selector));
    if (claims.adopt.length === 0 && claims.release.length === 0) return claims.owned;
    const live = await client.get(replicaSets, set.metadata);
    if (live.metadata.uid !== set.metadata.uid || live.metadata.deletionTimestamp)
      return claims.owned;
    const reference = controllerReference(replicaSets, set);
    for (const pod of claims.adopt) {
      const metadata = { uid: pod.metadata.uid, ownerReferences: [reference] };
      await client.patch(pods, pod.metadata, 'strategic', { metadata });
    }
    for (const pod of claims.release) {
      const ownerReferences = [{ $patch: 'delete', uid: set.metadata.uid }];
      const metadata = { uid: pod.metadata.uid, ownerReferences };
      await client.patch(pods, pod.metadata, 'strategic', { metadata }).catch(unlessNotFound);
    }
    return [...claims.owned, ...claims.adopt];
  };

  /** Pods per node of all sets that the owner of this one manages. */
  const companyOf = (set: ReplicaSet): ReadonlyMap<string, number> => {
    const owner = controllerOf(set.metadata);
    const family = owner ? setInformer.lister.byIndex(byController, owner.uid) : [set];
    const company = new Map<string, number>();
    for (const { metadata } of family) {
      for (const { spec } of podInformer.lister.byIndex(byController, metadata.uid)) {
        if (spec.nodeName) company.set(spec.nodeName, (company.get(spec.nodeName) ?? 0) + 1);
      }
    }
    return company;
  };

  const apply = async (set: ReplicaSet, plan: ReplicaPlan): Promise<Failure | undefined> => {
    const key = keyOf(set);
    if (plan.create > 0) {
      expectations.expectCreations(key, plan.create);
      const errors = await inGrowingBatches(plan.create, () => createPod(set));
      for (const err of errors) {
        expectations.creationSeen(key);
        if (err !== undefined)
          report(recorder, set, 'FailedCreate', `Error creating: ${textOf(err)}`);
      }
      return failureOf('FailedCreate', errors);
    }
    expectations.expectDeletions(
      key,
      plan.remove.map(({ metadata }) => metadata.uid),
    );
    const errors = await Promise.all(plan.remove.map((pod) => removePod(set, pod)));
    return failureOf(
      'FailedDelete',
      errors.filter((err) => err !== undefined),
    );
  };

  const createPod = async (set: ReplicaSet) => {
    const pod = await client.create(pods, podFrom(set));
    recorder.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
  };

  const removePod = async (set: ReplicaSet, pod: Pod): Promise<unknown> => {
    const { uid } = pod.metadata;
    try {
      await client.remove(pods, pod.metadata, { preconditions: { uid } });
      recorder.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
      return undefined;
    } catch (err) {
      expectations.deletionSeen(keyOf(set), uid);
      if (isNotFound(err)) return undefined;
      report(recorder, set, 'FailedDelete', `Error deleting: ${textOf(err)}`);
      return err;
    }
  };

  const writeStatus = async (observed: Observed, failure: Failure | undefined) => {
    const set = observed.replicaSet;
    const status = planStatus(
      observed,
      failure && { reason: failure.reason, message: failure.message },
    );
    if (same(status, set.status)) return;
    await client.updateStatus(replicaSets, { ...set, status }).catch(unlessNotFound);
  };

  return createController({
    name,
    queue,
    reconcile,
    workers: 5,
    logger,
    ready: (signal) => informers.synced(signal),
  });
}

interface Failure {
  readonly reason: string;
  readonly message: string;
  readonly cause: unknown;
}

function failureOf(reason: string, errors: readonly unknown[]): Failure | undefined {
  const cause = errors.find((err) => err !== undefined);
  return cause === undefined ? undefined : { reason, message: textOf(cause), cause };
}

/** A pod as the template describes it, owned by the set. Its name is drawn by the server. */
function podFrom(set: ReplicaSet): Draft<Pod> {
  const { metadata: template, spec } = set.spec.template ?? {};
  if (!spec) throw new Error(`${keyOf(set)} has no pod template`);
  return {
    metadata: {
      namespace: set.metadata.namespace!,
      generateName: generateNameOf(set.metadata.name),
      ...(template?.labels && { labels: template.labels }),
      ...(template?.annotations && { annotations: template.annotations }),
      ...(template?.finalizers && { finalizers: template.finalizers }),
      ownerReferences: [controllerReference(replicaSets, set)],
    },
    spec,
  };
}

/** Upstream drops the dash when the name with it would not be a valid prefix. */
const generateNameOf = (setName: string) => (setName.length < 253 ? `${setName}-` : setName);

const report = (recorder: EventRecorder, set: ReplicaSet, reason: string, message: string) =>
  recorder.event(set, 'Warning', reason, message);

const textOf = (err: unknown) => (err instanceof Error ? err.message : String(err));

function unlessNotFound(err: unknown): undefined {
  if (isNotFound(err) || isAlreadyExists(err)) return undefined;
  throw err;
}
