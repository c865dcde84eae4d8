import type { Pod } from '@berth/api';
import type { ContainerConfig, Mount } from '@berth/cri';

import { containerAnnotations, containerLabels } from './cri-labels.ts';
import { environment } from './env.ts';
import type { PodObjects } from './env.ts';
import { expand } from './expand.ts';
import type { PodFacts } from './field-ref.ts';
import type { SpecContainer } from './pod-spec.ts';
import { linuxResources } from './resources.ts';
import { containerSecurity } from './security-context.ts';
import type { ImageUser, SecurityOptions } from './security-context.ts';

export interface ContainerConfigInput {
  readonly facts: PodFacts;
  readonly objects: PodObjects;
  readonly spec: SpecContainer;
  readonly attempt: number;
  readonly restartCount: number;
  /** What the runtime calls the image that was found or pulled. */
  readonly imageRef: string;
  readonly imageUser: ImageUser;
  /** Volumes, /etc/hosts and the termination log, resolved to paths of the node. */
  readonly mounts: readonly Mount[];
  readonly nodeMemoryBytes: number;
  readonly security: SecurityOptions;
  /** The container whose processes an ephemeral container wants to see. */
  readonly targetId?: string;
}

/** Below the sandbox's log directory. */
const logPathOf = (name: string, restartCount: number): string => `${name}/${restartCount}.log`;

/** What the runtime is told about a container. Throws `StartError` when the spec cannot be met. */
export function containerConfig(input: ContainerConfigInput): ContainerConfig {
  const { facts, objects, spec, attempt, restartCount } = input;
  const { container } = spec;
  const { pod } = facts;
  const env = environment(facts, objects, container);
  const expandAll = (words: readonly string[] = []) =>
    words.map((word) => expand(word, (name) => env.get(name)));
  return {
    metadata: { name: container.name, attempt },
    image: { image: input.imageRef },
    command: expandAll(container.command),
    args: expandAll(container.args),
    workingDir: container.workingDir ?? '',
    envs: [...env].map(([key, value]) => ({ key, value })),
    mounts: input.mounts,
    labels: containerLabels(pod, container.name),
    annotations: containerAnnotations(pod, container, restartCount),
    logPath: logPathOf(container.name, restartCount),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    linux: {
      resources: linuxResources(pod, container, input.nodeMemoryBytes),
      securityContext: containerSecurity(
        pod,
        container,
        input.imageUser,
        input.security,
        input.targetId,
      ),
    },
  };
}

/** Which container an ephemeral one targets, by name. */
export const targetOf = ({ spec }: Pod, name: string): string | undefined =>
  spec.ephemeralContainers?.find((container) => container.name === name)?.targetContainerName;
