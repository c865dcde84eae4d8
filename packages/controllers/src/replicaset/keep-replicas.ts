import { keyOf, pods } from '@berth/api';
import type { ReplicaSet, ReplicationController, ResourceType, Selector } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { unlessNotFound } from '../failures.ts';
import { byController, controllerIndex, controllerOf, selectedBy } from '../owned.ts';
import { createOwnedPods, podFromTemplate } from '../owned-pods.ts';
import { same } from '../same.ts';
import { nextAvailability, planReplicas, planStatus } from './plan.ts';
import type { Observed } from './plan.ts';

/** What tells one kind that keeps pods of one template from the other. */
export interface ReplicaKind<T extends ReplicaSet | ReplicationController> {
  readonly name: string;
  /** Whom its events come from. */
  readonly component: string;
  readonly type: ResourceType<T>;
  readonly selectorOf: (owner: T) => Selector | undefined;
  /** The status in the form that the kind has. */
  readonly withStatus: (owner: T, status: ReturnType<typeof planStatus>) => T;
}

/** Keeps as many pods as the specs of a kind ask for. */
export function createReplicaKeeper<T extends ReplicaSet | ReplicationController>(
  context: ControllerContext,
  { name, component, type, selectorOf, withStatus }: ReplicaKind<T>,
): Controller {
  const { client, informers, clock, random, logger } = context;
  const recorder = context.recorder(component);
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(type);
  const podInformer = informers.informer(pods);
  informer.addIndex(byController, controllerIndex);
  const owned = createOwnedPods<T>({
    context,
    type,
    informer,
    queue,
    recorder,
    fits: (owner, pod) => selectedBy(selectorOf(owner))(pod),
  });
  informer.addHandler({
    added: (owner) => queue.add(keyOf(owner)),
    updated: (_, owner) => queue.add(keyOf(owner)),
  });

  /** Pods per node of all that the owner of this one manages. */
  const companyOf = (owner: T): ReadonlyMap<string, number> => {
    const parent = controllerOf(owner.metadata);
    const family = parent ? informer.lister.byIndex(byController, parent.uid) : [owner];
    const company = new Map<string, number>();
    for (const { metadata } of family) {
      for (const { spec } of podInformer.lister.byIndex(byController, metadata.uid)) {
        if (spec.nodeName) company.set(spec.nodeName, (company.get(spec.nodeName) ?? 0) + 1);
      }
    }
    return company;
  };

  const apply = async (owner: T, observed: Observed) => {
    const plan = planReplicas(observed);
    if (plan.create === 0) return owned.remove(owner, plan.remove);
    const draft = podFromTemplate(type, owner, owner.spec.template ?? {});
    return owned.create(owner, Array<typeof draft>(plan.create).fill(draft));
  };

  return createController({
    name,
    queue,
    workers: 5,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const owner = informer.lister.get(key);
      if (!owner) return undefined;
      const observed: Observed = {
        owner,
        pods: await owned.claim(owner),
        companyOn: companyOf(owner),
        now: clock.now(),
      };
      const { failure } = owned.isSettled(key) ? await apply(owner, observed) : {};
      const next = withStatus(owner, planStatus(observed, failure));
      if (!same(next.status, owner.status)) {
        await client.updateStatus(type, next).catch(unlessNotFound);
      }
      if (failure) throw failure.cause;
      return { requeueAfterMs: nextAvailability(observed) };
    },
  });
}
