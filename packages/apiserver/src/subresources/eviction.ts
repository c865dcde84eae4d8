import {
  badRequest,
  disruptionTarget,
  isConflict,
  notFound,
  podDisruptionBudgets,
  setCondition,
} from '@berth/api';
import type {
  Eviction,
  KubeObject,
  ObjectMeta,
  ObjectRef,
  Pod,
  PodDisruptionBudget,
  ResourceType,
} from '@berth/api';
import { formatTime } from '@berth/component-base';
import { success } from '../endpoints/answer.ts';
import { deleteRequestOf } from '../endpoints/delete-options.ts';
import { readBody } from '../endpoints/read-body.ts';
import { targetOf, writeOf } from '../endpoints/target.ts';
import { parseWriteQuery } from '../endpoints/write-options.ts';
import { deleteObject, refuseOthers } from '../registry/delete-object.ts';
import type { DeleteRequest } from '../registry/delete-plan.ts';
import { guaranteedUpdate } from '../registry/guaranteed-update.ts';
import type { Resource, Write } from '../registry/resource.ts';
import type { SubresourceOptions } from '../registry/served.ts';
import { createStore } from '../registry/store.ts';
import type { RequestContext } from '../request.ts';
import { planEviction, spendDisruption, stillProcessed } from './plan-eviction.ts';

/** Another resource of the same registry, when it is served. */
export type ResourceOf = (type: ResourceType) => Resource | undefined;

const gvk = { group: 'policy', version: 'v1', kind: 'Eviction' };

/** `pods/eviction`: deletes a pod unless something needs it where it is. */
export const eviction = (resource: Resource, others: ResourceOf): SubresourceOptions => ({
  ...gvk,
  verbs: ['create'],
  async handler(context) {
    const { ref, request, write } = await readEviction(resource, context);
    await evict({ resource, budgets: others(podDisruptionBudgets), ref, write }, request);
    return success();
  },
});

async function readEviction(resource: Resource, context: RequestContext) {
  const query = parseWriteQuery(context, 'CreateOptions');
  const body = readBody(context, gvk, query.fieldValidation) as unknown as Eviction;
  const ref = targetOf(resource.type, context.info);
  const { name } = (body.metadata as Partial<ObjectMeta> | undefined) ?? {};
  if (name !== ref.name) throw badRequest('name in URL does not match name in Eviction object');
  const asked = deleteRequestOf(body.deleteOptions ?? {});
  const request = { ...asked, dryRun: asked.dryRun || query.dryRun };
  const write = { ...writeOf(context, query), subresource: '', dryRun: request.dryRun };
  const attributes = {
    operation: 'CREATE',
    type: resource.type,
    subresource: 'eviction',
    namespace: ref.namespace ?? '',
    name: ref.name,
    object: body as unknown as KubeObject,
    user: write.user,
    dryRun: request.dryRun,
    warn: write.warn,
    options: query.options,
    lifetime: context.lifetime,
  } as const;
  const object = await resource.admission.mutate(attributes.object, attributes);
  await resource.admission.validate({ ...attributes, object });
  return { ref, request, write };
}

interface Target {
  readonly resource: Resource;
  readonly budgets: Resource | undefined;
  readonly ref: ObjectRef;
  readonly write: Write;
}

/** How often a pod that keeps changing is looked at anew. */
const attempts = 20;

async function evict(target: Target, request: DeleteRequest): Promise<void> {
  const isPinned = request.preconditions.resourceVersion !== undefined;
  for (let attempt = 1; ; attempt++) {
    const pod = await readPod(target);
    const plan = planEviction(pod, await budgetsOf(target));
    switch (plan.kind) {
      case 'refuse':
        throw plan.error;
      case 'spend':
        await spend(target, plan.budget, request.dryRun);
        return remove(target, request);
      case 'delete':
        return remove(target, request);
      case 'delete-unchanged':
        try {
          return await remove(target, isPinned ? request : pinned(request, pod));
        } catch (err) {
          if (!isConflict(err) || isPinned) throw err;
          if (plan.budget !== undefined) throw stillProcessed(plan.budget);
          if (attempt === attempts) throw err;
        }
    }
  }
}

async function readPod({ resource, ref }: Target): Promise<Pod> {
  const { kv } = await resource.storage.get(resource.keyOf(ref));
  if (!kv) throw notFound(resource.type, ref.name);
  return resource.codec.decode(kv) as Pod;
}

async function budgetsOf({ budgets, ref }: Target): Promise<readonly PodDisruptionBudget[]> {
  if (!budgets) return [];
  const { namespace = '' } = ref;
  return (await createStore(budgets, podDisruptionBudgets).list({ namespace })).items;
}

async function spend({ budgets, ref }: Target, name: string, dryRun: boolean): Promise<void> {
  if (!budgets) return;
  const now = budgets.clock.now();
  const budget = { ...ref, name };
  await guaranteedUpdate(budgets, budget, dryRun, (object) =>
    spendDisruption(object as PodDisruptionBudget, ref.name, now),
  );
}

const pinned = (request: DeleteRequest, { metadata }: Pod): DeleteRequest => ({
  ...request,
  preconditions: { ...request.preconditions, resourceVersion: metadata.resourceVersion },
});

async function remove({ resource, ref, write }: Target, request: DeleteRequest): Promise<void> {
  const marked = request.dryRun ? request : await markDisrupted(resource, ref, request);
  await deleteObject(resource, ref, marked, write);
}

/** Says in the pod why it ends. A precondition on its version then means the version that this has made. */
async function markDisrupted(
  resource: Resource,
  ref: ObjectRef,
  request: DeleteRequest,
): Promise<DeleteRequest> {
  const now = resource.clock.now();
  const { preconditions } = request;
  const view = await guaranteedUpdate(resource, ref, false, (object) => {
    refuseOthers(resource.type, object, preconditions);
    return disrupted(object as Pod, now);
  });
  if (preconditions.resourceVersion === undefined) return request;
  const { resourceVersion } = view.object().metadata;
  return { ...request, preconditions: { ...preconditions, resourceVersion } };
}

function disrupted(pod: Pod, now: number): Pod {
  const condition = disruptionTarget(pod, 'EvictionByEvictionAPI', 'Eviction API: evicting');
  const conditions = setCondition(pod.status?.conditions, condition, formatTime(now));
  return { ...pod, status: { ...pod.status, conditions } };
}
