import type { Container, Pod } from '@berth/api';

import type { ContainerInfo, PodRuntimeStatus } from '../pod-runtime.ts';
import { activeOf } from '../pod-runtime.ts';
import { changesOf, resizableOf } from './allocated.ts';

/** A running container that is to get other resources. */
export interface ContainerResize {
  readonly id: string;
  readonly name: string;
}

/** What differs between what a container was granted and what it runs with. */
const pendingChanges = ({ resources = {} }: Container, current: ContainerInfo) =>
  current.resources ? changesOf(current.resources, resources) : [];

/** Whether a running container must start anew to get what it was granted. */
export const needsRestart = (container: Container, current: ContainerInfo): boolean =>
  pendingChanges(container, current).some((resource) =>
    container.resizePolicy?.some(
      ({ resourceName, restartPolicy }) =>
        resourceName === resource && restartPolicy === 'RestartContainer',
    ),
  );

/** The running containers of a pod that do not have what they were granted. */
export const planResizes = (pod: Pod, runtime: PodRuntimeStatus): readonly ContainerResize[] =>
  resizableOf(pod).flatMap((container) => {
    const current = activeOf(runtime, container.name);
    if (current?.state !== 'running' || pendingChanges(container, current).length === 0) return [];
    return [{ id: current.id, name: container.name }];
  });
