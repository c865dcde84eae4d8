import { forbiddenField, invalidValue, isDeepEqual } from '@berth/api';
import type { Container, FieldError, KubeObject, Pod, ResourceRequirements } from '@berth/api';
import { qosClassOf } from '../registry/core/pod-qos.ts';
import { withMeta } from '../registry/object-meta.ts';
import type { Resource } from '../registry/resource.ts';
import type { SubresourceOptions } from '../registry/served.ts';
import type { UpdateRules } from '../registry/update-object.ts';
import { throughDoor } from './door.ts';

/** `pods/resize`: changes what the containers of a pod ask for, while they run. Its node decides when. */
export function resize(resource: Resource): SubresourceOptions {
  const { validate = () => [] } = resource.strategy;
  const rules: UpdateRules = {
    prepare: (object, old) => keepAllButResources(object as Pod, old as Pod),
    validate: (object, old) => [
      ...validate(object).filter(({ field }) => isAboutResources.test(field)),
      ...validateResize(object as Pod, old as Pod),
    ],
  };
  return throughDoor(resource, rules);
}

const isAboutResources = /^spec\.(initContainers|containers)\[\d+\]\.(resources|resizePolicy)/;

function keepAllButResources(pod: Pod, old: Pod): KubeObject {
  const { initContainers } = old.spec;
  const spec = {
    ...old.spec,
    containers: resized(pod.spec.containers, old.spec.containers),
    ...(initContainers && {
      initContainers: resized(pod.spec.initContainers ?? [], initContainers),
    }),
  };
  const { managedFields } = pod.metadata;
  return withMeta({ ...old, spec } as Pod, {
    ...old.metadata,
    ...(managedFields && { managedFields }),
  });
}

/** The old containers with new resources; others than the old ones are left for validation to refuse. */
function resized(next: readonly Container[], old: readonly Container[]): readonly Container[] {
  if (!isDeepEqual(namesOf(next), namesOf(old))) return next;
  return old.map(({ resources: _old, resizePolicy: _policy, ...container }, i) => {
    const { resources, resizePolicy } = next[i]!;
    return { ...container, ...(resources && { resources }), ...(resizePolicy && { resizePolicy }) };
  });
}

const namesOf = (containers: readonly Container[]) => containers.map(({ name }) => name);

/** What upstream refuses about a resize, in its words. */
function validateResize(pod: Pod, old: Pod): readonly FieldError[] {
  const { spec } = old;
  if (old.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined)
    return [forbiddenField('', 'static pods cannot be resized')];
  if (spec.os?.name === 'windows') return [forbiddenField('', 'windows pods cannot be resized')];
  if (spec.resources)
    return [forbiddenField('spec', 'pods with pod-level resources cannot be resized')];
  const order = [
    ...validateOrder('containers', pod.spec.containers, spec.containers),
    ...validateOrder('initContainers', pod.spec.initContainers ?? [], spec.initContainers ?? []),
  ];
  if (order.length > 0) return order;
  const qosClass = qosClassOf(pod.spec);
  return [
    ...(qosClass === (old.status?.qosClass ?? qosClassOf(spec))
      ? []
      : [invalidValue('spec', qosClass, 'Pod QOS Class may not change as a result of resizing')]),
    ...pod.spec.containers.flatMap((container, i) =>
      validateContainer(`spec.containers[${i}].resources`, container, spec.containers[i]!),
    ),
    ...(pod.spec.initContainers ?? []).flatMap((container, i) =>
      validateInit(`spec.initContainers[${i}].resources`, container, spec.initContainers![i]!),
    ),
  ];
}

const validateOrder = (
  list: 'containers' | 'initContainers',
  next: readonly Container[],
  old: readonly Container[],
): readonly FieldError[] =>
  isDeepEqual(namesOf(next), namesOf(old))
    ? []
    : [forbiddenField(`spec.${list}`, `${list} may not be renamed or reordered on resize`)];

function validateInit(path: string, next: Container, old: Container): readonly FieldError[] {
  if (old.restartPolicy === 'Always') return validateContainer(path, next, old);
  return isDeepEqual(next.resources ?? {}, old.resources ?? {})
    ? []
    : [forbiddenField(path, 'resources for non-sidecar init containers are immutable')];
}

const mutable = ['cpu', 'memory'];

function validateContainer(
  path: string,
  { resources: next = {} }: Container,
  { resources: old = {} }: Container,
): readonly FieldError[] {
  const removed = (kind: 'requests' | 'limits') =>
    mutable.some((name) => old[kind]?.[name] !== undefined && next[kind]?.[name] === undefined)
      ? [forbiddenField(`${path}.${kind}`, `resource ${kind} cannot be removed`)]
      : [];
  const others = isDeepEqual(immutableOf(next), immutableOf(old))
    ? []
    : [forbiddenField('spec', 'only cpu and memory resources are mutable')];
  return [...removed('requests'), ...removed('limits'), ...others];
}

const immutableOf = ({ limits = {}, requests = {}, claims = [] }: ResourceRequirements) => ({
  claims,
  limits: without(limits),
  requests: without(requests),
});

const without = (amounts: NonNullable<ResourceRequirements['limits']>) =>
  Object.fromEntries(Object.entries(amounts).filter(([name]) => !mutable.includes(name)));
