import type { Pod } from '@berth/api';
import type { Mount } from '@berth/cri';

import type { ContainerInfo } from './pod-runtime.ts';
import type { SpecContainer } from './pod-spec.ts';
import type { ReadyVolumes, Volumes } from './volumes/volumes.ts';

export interface MountRequest {
  readonly pod: Pod;
  readonly spec: SpecContainer;
  readonly attempt: number;
  readonly volumes: ReadyVolumes['volumes'];
  readonly env: ReadonlyMap<string, string>;
}

/** Everything that pods have on the node's file system. Simulated nodes keep none of it. */
export interface PodFiles {
  readonly volumes: Volumes;
  logDirectory(pod: Pod): string;
  /**
   * What is mounted into a container, made ready; rejects with `StartError`. Its log folder is made, too. What its
   * /etc/hosts says is for `writeHosts`.
   */
  mounts(request: MountRequest): Promise<readonly Mount[]>;
  /** Writes the pod's /etc/hosts, if the container mounts it. */
  writeHosts(pod: Pod, spec: SpecContainer, podIps: readonly string[]): Promise<void>;
  /** What a container wrote about its end, at most 4096 bytes; `''` when it wrote nothing. */
  terminationMessage(hostPath: string): Promise<string>;
  /** The last lines of a container's log, at most 2048 bytes. */
  logTail(logPath: string): Promise<string>;
  /** Removes what one container wrote: its log, with all rotations, and its last word. */
  removeContainer(uid: string, container: ContainerInfo): Promise<void>;
  /** Removes volumes, folders and logs; nothing of the pod may run any more. */
  removePod(uid: string): Promise<void>;
  /** The uids of all pods that have something here. */
  uids(): Promise<readonly string[]>;
}
