import { deployments, isAlreadyExists, keyOf, pods, replicaSets, toSelector } from '@berth/api';
import type { Deployment, Draft, Pod, ReplicaSet } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { claimObjects } from '../claim.ts';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { byController, controllerIndex, controllerOf, planClaims, selectedBy } from '../owned.ts';
import { unlessNotFound } from '../failures.ts';
import { isFinished } from '../pods.ts';
import { same } from '../same.ts';
import { planDeployment } from './plan.ts';
import type { Action } from './plan.ts';
import { revisionAnnotation, revisionOf } from './revisions.ts';
import { untilDeadline } from './status.ts';

/** Rolls the pods of a Deployment from one template to the next. */
export function createDeploymentController(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder('deployment-controller');
  const queue = createWorkqueue<string>({ clock, random });
  const deploymentInformer = informers.informer(deployments);
  const setInformer = informers.informer(replicaSets);
  const podInformer = informers.informer(pods);
  podInformer.addIndex(byController, controllerIndex);

  const wakeOwner = (set: ReplicaSet) => {
    const owner = controllerOf(set.metadata);
    if (owner?.kind === deployments.kind) queue.add(`${set.metadata.namespace}/${owner.name}`);
    else if (!owner) wakeMatching(set);
  };
  const wakeMatching = (set: ReplicaSet) => {
    for (const deployment of deploymentInformer.lister.listNamespace(set.metadata.namespace!)) {
      const { adopt } = planClaims(
        deployment,
        [set],
        selectedBy(toSelector(deployment.spec.selector)),
      );
      if (adopt.length > 0) queue.add(keyOf(deployment));
    }
  };
  deploymentInformer.addHandler({
    added: (deployment) => queue.add(keyOf(deployment)),
    updated: (_, deployment) => queue.add(keyOf(deployment)),
  });
  setInformer.addHandler({
    added: wakeOwner,
    updated(before, set) {
      if (controllerOf(before.metadata)?.uid !== controllerOf(set.metadata)?.uid) wakeOwner(before);
      wakeOwner(set);
    },
    deleted: wakeOwner,
  });
  podInformer.addHandler({
    // Recreate waits for the last old pod.
    deleted(pod: Pod) {
      const owner = controllerOf(pod.metadata);
      const set = owner && setInformer.lister.get(`${pod.metadata.namespace}/${owner.name}`);
      if (set) wakeOwner(set);
    },
  });

  const claim = (deployment: Deployment): Promise<readonly ReplicaSet[]> =>
    claimObjects({
      client,
      ownerType: deployments,
      owner: deployment,
      type: replicaSets,
      candidates: setInformer.lister.listNamespace(deployment.metadata.namespace!),
      fits: selectedBy(toSelector(deployment.spec.selector)),
    });

  const act = async (deployment: Deployment, action: Action): Promise<void> => {
    switch (action.kind) {
      case 'createSet':
        await createSet(deployment, action.draft);
        return;
      case 'updateSet': {
        const { set, from } = action;
        await client.update(replicaSets, set);
        if (set.spec.replicas !== from)
          scaled(deployment, set.metadata.name, from, set.spec.replicas ?? 0);
        return;
      }
      case 'removeSet':
        await client.remove(replicaSets, action.set.metadata).catch(unlessNotFound);
        return;
    }
  };
  const scaled = (deployment: Deployment, set: string, from: number, to: number) => {
    const way = to > from ? 'up' : 'down';
    recorder.event(
      deployment,
      'Normal',
      'ScalingReplicaSet',
      `Scaled ${way} replica set ${set} from ${from} to ${to}`,
    );
  };
  const createSet = async (deployment: Deployment, draft: Draft<ReplicaSet>): Promise<void> => {
    try {
      const set = await client.create(replicaSets, draft);
      if (set.spec.replicas) scaled(deployment, set.metadata.name, 0, set.spec.replicas);
    } catch (err) {
      if (!isAlreadyExists(err)) throw err;
      await countCollision(deployment, draft);
    }
  };
  /** Ours from an earlier pass that the copy does not show yet, or a stranger with our name: then another hash. */
  const countCollision = async (
    deployment: Deployment,
    draft: Draft<ReplicaSet>,
  ): Promise<void> => {
    const ref = { namespace: deployment.metadata.namespace!, name: draft.metadata.name! };
    const existing = await client.get(replicaSets, ref);
    const isOurs = controllerOf(existing.metadata)?.uid === deployment.metadata.uid;
    if (isOurs && same(existing.spec.template, draft.spec.template)) return;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await client.updateStatus(deployments, {
      ...deployment,
      status: { ...deployment.status, collisionCount },
    });
  };

  const writeRevision = async (deployment: Deployment, revision: number | undefined) => {
    if (revision === undefined || revisionOf(deployment) === revision) return deployment;
    return client.update(deployments, {
      ...deployment,
      metadata: {
        ...deployment.metadata,
        annotations: { ...deployment.metadata.annotations, [revisionAnnotation]: String(revision) },
      },
    });
  };

  return createController({
    name: 'deployment',
    queue,
    workers: 5,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const deployment = deploymentInformer.lister.get(key);
      if (!deployment) return undefined;
      const sets = await claim(deployment);
      const plan = planDeployment({
        deployment,
        sets,
        oldPodsLeft: (newSet) =>
          sets
            .filter((set) => set.metadata.uid !== newSet?.metadata.uid)
            .flatMap((set) => podInformer.lister.byIndex(byController, set.metadata.uid))
            .filter((pod) => !isFinished(pod)).length,
        now: clock.now(),
      });
      for (const action of plan.actions) await act(deployment, action);
      const current = await writeRevision(deployment, plan.revision);
      if (!same(plan.status, current.status)) {
        await client.updateStatus(deployments, { ...current, status: plan.status });
      }
      return { requeueAfterMs: untilDeadline(deployment, plan.status, clock.now()) };
    },
  });
}
