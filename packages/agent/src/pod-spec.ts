import type { Container, Pod } from '@berth/api';

/** Where in the spec a container stands. A sidecar is an init container that restarts always. */
export type ContainerKind = 'init' | 'sidecar' | 'app' | 'ephemeral';

export interface SpecContainer {
  readonly kind: ContainerKind;
  readonly container: Container;
}

export const isSidecar = (initContainer: Container): boolean =>
  initContainer.restartPolicy === 'Always';

/** Every container of a pod, in the order of the spec: init, app, ephemeral. */
export const containersOf = ({ spec }: Pod): readonly SpecContainer[] => [
  ...(spec.initContainers ?? []).map((container): SpecContainer => ({
    kind: isSidecar(container) ? 'sidecar' : 'init',
    container,
  })),
  ...spec.containers.map((container): SpecContainer => ({ kind: 'app', container })),
  ...(spec.ephemeralContainers ?? []).map((container): SpecContainer => ({
    kind: 'ephemeral',
    container,
  })),
];

export const findContainer = (pod: Pod, name: string): SpecContainer | undefined =>
  containersOf(pod).find(({ container }) => container.name === name);

const listNames: Readonly<Record<ContainerKind, string>> = {
  init: 'initContainers',
  sidecar: 'initContainers',
  app: 'containers',
  ephemeral: 'ephemeralContainers',
};

/** What an Event about a container points at. */
export const fieldPathOf = ({ kind, container }: SpecContainer): string =>
  `spec.${listNames[kind]}{${container.name}}`;

/** `name_namespace(uid)`: how kubelet's messages name a pod. */
export const formatPod = ({ metadata }: Pod): string =>
  `${metadata.name}_${metadata.namespace ?? ''}(${metadata.uid})`;

export const usesHostNetwork = ({ spec }: Pod): boolean => spec.hostNetwork === true;
