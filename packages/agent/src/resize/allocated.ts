import { parseQuantity } from '@berth/api';
import type { Container, ContainerStatus, Pod, ResourceRequirements } from '@berth/api';

import { containersOf } from '../pod-spec.ts';

/** What a node has granted to the containers of a pod, by their names. Differs from the spec while a resize waits. */
export type Allocated = ReadonlyMap<string, ResourceRequirements>;

/** The resources that may change while a container runs. */
export const resizable = ['cpu', 'memory'] as const;

/** The containers that may be resized. */
export const resizableOf = (pod: Pod): readonly Container[] =>
  containersOf(pod)
    .filter(({ kind }) => kind === 'app' || kind === 'sidecar')
    .map(({ container }) => container);

/** What a pod asks for. */
export const wantedBy = (pod: Pod): Allocated =>
  new Map(resizableOf(pod).map(({ name, resources = {} }) => [name, resources]));

/** What an agent that knows nothing of a pod takes for granted: what the last one reported, else what is asked for. */
export function firstAllocation(pod: Pod): Allocated {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const known = new Map(
    [...initContainerStatuses, ...containerStatuses].map((status) => [status.name, status]),
  );
  return new Map(
    resizableOf(pod).map(({ name, resources = {} }) => [
      name,
      reported(resources, known.get(name)),
    ]),
  );
}

function reported(
  resources: ResourceRequirements,
  status: ContainerStatus | undefined,
): ResourceRequirements {
  if (!status?.resources) return resources;
  const requests = status.allocatedResources ?? status.resources.requests;
  return {
    ...resources,
    ...(requests && { requests: { ...resources.requests, ...requests } }),
    ...(status.resources.limits && { limits: { ...resources.limits, ...status.resources.limits } }),
  };
}

/** The pod with what it was granted instead of what it asks for. */
export function withAllocated(pod: Pod, allocated: Allocated): Pod {
  if (resizableOf(pod).every(({ name, resources }) => sameOrNone(allocated.get(name), resources)))
    return pod;
  const grant = (container: Container): Container => {
    const resources = allocated.get(container.name);
    return resources ? { ...container, resources } : container;
  };
  const { initContainers, containers } = pod.spec;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: containers.map(grant),
      ...(initContainers && { initContainers: initContainers.map(grant) }),
    },
  };
}

const sameOrNone = (
  granted: ResourceRequirements | undefined,
  resources: ResourceRequirements = {},
) => granted === undefined || changesOf(granted, resources).length === 0;

/** Which resources differ, as numbers and not as text. */
export const changesOf = (
  a: ResourceRequirements,
  b: ResourceRequirements,
): readonly (typeof resizable)[number][] =>
  resizable.filter((name) =>
    (['requests', 'limits'] as const).some(
      (kind) => nanosOf(a[kind]?.[name]) !== nanosOf(b[kind]?.[name]),
    ),
  );

const nanosOf = (text: string | undefined) =>
  text === undefined ? undefined : parseQuantity(text).nanos;
