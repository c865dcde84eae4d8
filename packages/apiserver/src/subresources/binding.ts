import { badRequest, conflict, invalid, notSupported, required, setCondition } from '@berth/api';
import type {
  Binding,
  FieldError,
  KubeObject,
  ObjectMeta,
  Pod,
  ResourceType,
  Status,
} from '@berth/api';
import { formatTime } from '@berth/component-base';
import { success } from '../endpoints/answer.ts';
import { readBody } from '../endpoints/read-body.ts';
import { parseWriteQuery } from '../endpoints/write-options.ts';
import { guaranteedUpdate } from '../registry/guaranteed-update.ts';
import type { Resource } from '../registry/resource.ts';
import type { SubresourceOptions } from '../registry/served.ts';
import type { RequestContext } from '../request.ts';

const gvk = { group: '', version: 'v1', kind: 'Binding' };

/** The collection in which clients of old leave their bindings. */
export const bindings: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'bindings',
  singular: 'binding',
  kind: 'Binding',
  namespaced: true,
  shortNames: [],
  categories: [],
};

/** `pods/binding`, and `bindings` where the body names the pod: gives a pod its node, once. */
export const binding = (resource: Resource): SubresourceOptions => ({
  ...gvk,
  verbs: ['create'],
  handler: (context) => bind(resource, context),
});

async function bind(resource: Resource, context: RequestContext): Promise<Status> {
  const { info, user } = context;
  const query = parseWriteQuery(context, 'CreateOptions');
  const body = readBody(context, gvk, query.fieldValidation) as unknown as Binding;
  const name = nameOf(body, info.name);
  refuseInvalid(body, name);
  const ref = { namespace: info.namespace, name };
  const attributes = {
    operation: 'CREATE',
    type: resource.type,
    subresource: 'binding',
    ...ref,
    object: body as unknown as KubeObject,
    user,
    dryRun: query.dryRun,
    warn: (text: string) => context.warn(text),
    options: query.options,
    lifetime: context.lifetime,
  } as const;
  const object = await resource.admission.mutate(attributes.object, attributes);
  await resource.admission.validate({ ...attributes, object });
  const now = resource.clock.now();
  await guaranteedUpdate(resource, ref, query.dryRun, (pod) =>
    bound(pod as Pod, object as unknown as Binding, now),
  );
  return success();
}

function nameOf({ metadata }: Binding, inPath: string): string {
  const name = (metadata as Partial<ObjectMeta> | undefined)?.name ?? '';
  if (inPath && name && name !== inPath)
    throw badRequest('name in URL does not match name in Binding object');
  return inPath || name;
}

function refuseInvalid({ target }: Binding, name: string): void {
  const { kind, name: node } = (target as Partial<Binding['target']> | undefined) ?? {};
  const problems: FieldError[] = [
    ...(name ? [] : [required('metadata.name', 'name or generateName is required')]),
    ...(kind && kind !== 'Node' ? [notSupported('target.kind', kind, ['Node', '<empty>'])] : []),
    ...(node ? [] : [required('target.name')]),
  ];
  if (problems.length > 0) throw invalid(gvk, name, problems);
}

/** The pod on its node; a Conflict when it is somewhere already, or may not go anywhere. */
function bound(pod: Pod, { target, metadata }: Binding, now: number): Pod {
  const why = refusal(pod, metadata);
  if (why !== undefined)
    throw conflict({ group: '', resource: 'pods/binding' }, pod.metadata.name, why);
  const annotations = { ...pod.metadata.annotations, ...metadata.annotations };
  const labels = { ...pod.metadata.labels, ...metadata.labels };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...(Object.keys(labels).length > 0 && { labels }),
    },
    spec: { ...pod.spec, nodeName: target.name ?? '' },
    status: { ...pod.status, conditions: scheduled(pod, now) },
  };
}

function refusal(
  { metadata, spec }: Pod,
  { uid, resourceVersion }: Partial<ObjectMeta> = {},
): string | undefined {
  if (uid && uid !== metadata.uid)
    return `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
  if (resourceVersion && resourceVersion !== metadata.resourceVersion)
    return `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`;
  if (metadata.deletionTimestamp)
    return `pod ${metadata.name} is being deleted, cannot be assigned to a host`;
  if (spec.nodeName)
    return `pod ${metadata.name} is already assigned to node ${JSON.stringify(spec.nodeName)}`;
  return spec.schedulingGates?.length
    ? `pod ${metadata.name} has non-empty .spec.schedulingGates`
    : undefined;
}

function scheduled({ metadata, status }: Pod, now: number) {
  const { generation } = metadata;
  const condition = {
    type: 'PodScheduled',
    status: 'True',
    ...(generation !== undefined && { observedGeneration: generation }),
  };
  return setCondition(status?.conditions, condition, formatTime(now));
}
