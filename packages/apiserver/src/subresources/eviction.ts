import { badRequest, setCondition } from '@berth/api';
import type { Eviction, KubeObject, ObjectMeta, ObjectRef, Pod } from '@berth/api';
import { formatTime } from '@berth/component-base';
import { success } from '../endpoints/answer.ts';
import { deleteRequestOf } from '../endpoints/delete-options.ts';
import { readBody } from '../endpoints/read-body.ts';
import { targetOf, writeOf } from '../endpoints/target.ts';
import { parseWriteQuery } from '../endpoints/write-options.ts';
import { deleteObject, refuseOthers } from '../registry/delete-object.ts';
import type { DeleteRequest } from '../registry/delete-plan.ts';
import { guaranteedUpdate } from '../registry/guaranteed-update.ts';
import type { Resource } from '../registry/resource.ts';
import type { SubresourceOptions } from '../registry/served.ts';
import type { RequestContext } from '../request.ts';

const gvk = { group: 'policy', version: 'v1', kind: 'Eviction' };

/** `pods/eviction`: deletes a pod unless something needs it where it is. */
export const eviction = (resource: Resource): SubresourceOptions => ({
  ...gvk,
  verbs: ['create'],
  async handler(context) {
    await evict(resource, context);
    return success();
  },
});

async function evict(resource: Resource, context: RequestContext): Promise<void> {
  const query = parseWriteQuery(context, 'CreateOptions');
  const body = readBody(context, gvk, query.fieldValidation) as unknown as Eviction;
  const ref = targetOf(resource.type, context.info);
  const name = (body.metadata as Partial<ObjectMeta> | undefined)?.name;
  if (name && name !== ref.name)
    throw badRequest('name in URL does not match name in Eviction object');
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
    signal: context.signal,
  } as const;
  const object = await resource.admission.mutate(attributes.object, attributes);
  await resource.admission.validate({ ...attributes, object });
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
  const { generation } = pod.metadata;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    ...(generation !== undefined && { observedGeneration: generation }),
  };
  const conditions = setCondition(pod.status?.conditions, condition, formatTime(now));
  return { ...pod, status: { ...pod.status, conditions } };
}
