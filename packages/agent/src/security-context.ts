import type { Container, Pod, SeccompProfile } from '@berth/api';
import type { ContainerConfig, NamespaceOptions, SecurityProfile } from '@berth/cri';
import { join } from 'node:path';

import { usesHostNetwork } from './pod-spec.ts';
import { configError } from './start-error.ts';

type LinuxSecurity = NonNullable<NonNullable<ContainerConfig['linux']>['securityContext']>;

/** Parts of /proc and /sys that show or change the host. */
const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** Who an image says it runs as. */
export interface ImageUser {
  readonly uid?: number;
  readonly username?: string;
}

export interface SecurityOptions {
  /** Profiles named by pods lie below it. */
  readonly seccompRoot: string;
  /** Pods that name no profile get the runtime's. */
  readonly seccompDefault: boolean;
}

/** What pod and container ask for, as the runtime wants it. Throws `StartError` for a root that may not be. */
export function containerSecurity(
  pod: Pod,
  container: Container,
  user: ImageUser,
  options: SecurityOptions,
  targetId?: string,
): LinuxSecurity {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const runAsGroup = own.runAsGroup ?? shared.runAsGroup;
  const { capabilities } = own;
  const unmasked = own.procMount === 'Unmasked';
  return {
    ...identity(pod, container, user),
    ...(runAsGroup !== undefined && { runAsGroup: { value: runAsGroup } }),
    ...(capabilities && {
      capabilities: {
        addCapabilities: capabilities.add ?? [],
        dropCapabilities: capabilities.drop ?? [],
      },
    }),
    ...(own.privileged !== undefined && { privileged: own.privileged }),
    ...(own.readOnlyRootFilesystem !== undefined && {
      readonlyRootfs: own.readOnlyRootFilesystem,
    }),
    namespaceOptions: namespaceOptions(pod, targetId),
    supplementalGroups: supplementalGroups(pod),
    noNewPrivs: own.allowPrivilegeEscalation === false,
    maskedPaths: unmasked ? [] : maskedPaths,
    readonlyPaths: unmasked ? [] : readonlyPaths,
    seccomp: seccomp(own.seccompProfile ?? shared.seccompProfile, options),
  };
}

function identity(pod: Pod, container: Container, user: ImageUser): Partial<LinuxSecurity> {
  const { securityContext: own = {} } = container;
  const { securityContext: shared = {} } = pod.spec;
  const wanted = own.runAsUser ?? shared.runAsUser;
  const uid = wanted ?? user.uid;
  if ((own.runAsNonRoot ?? shared.runAsNonRoot) === true) {
    const about = `(pod: "${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid})", container: ${container.name})`;
    if (wanted === 0) {
      throw configError(`container's runAsUser breaks non-root policy ${about}`);
    }
    if (uid === 0) {
      throw configError(`container has runAsNonRoot and image will run as root ${about}`);
    }
    if (uid === undefined && user.username) {
      throw configError(
        `container has runAsNonRoot and image has non-numeric user (${user.username}), cannot verify user is non-root ${about}`,
      );
    }
    if (uid === undefined) {
      throw configError(`container has runAsNonRoot and image will run as root ${about}`);
    }
  }
  if (uid !== undefined) return { runAsUser: { value: uid } };
  return user.username ? { runAsUsername: user.username } : {};
}

export const supplementalGroups = ({ spec }: Pod): readonly number[] => {
  const { supplementalGroups = [], fsGroup } = spec.securityContext ?? {};
  return fsGroup === undefined ? supplementalGroups : [...supplementalGroups, fsGroup];
};

export function namespaceOptions(pod: Pod, targetId?: string): NamespaceOptions {
  const { hostPID, hostIPC, shareProcessNamespace } = pod.spec;
  const pid = hostPID ? 'NODE' : shareProcessNamespace ? 'POD' : 'CONTAINER';
  return {
    network: usesHostNetwork(pod) ? 'NODE' : 'POD',
    ipc: hostIPC ? 'NODE' : 'POD',
    pid: targetId && pid === 'CONTAINER' ? 'TARGET' : pid,
    ...(targetId && pid === 'CONTAINER' && { targetId }),
  };
}

function seccomp(
  profile: SeccompProfile | undefined,
  { seccompDefault, seccompRoot }: SecurityOptions,
): SecurityProfile {
  switch (profile?.type) {
    case 'Unconfined':
      return { profileType: 'Unconfined' };
    case 'RuntimeDefault':
      return { profileType: 'RuntimeDefault' };
    case 'Localhost':
      return {
        profileType: 'Localhost',
        localhostRef: join(seccompRoot, profile.localhostProfile ?? ''),
      };
    default:
      return { profileType: seccompDefault ? 'RuntimeDefault' : 'Unconfined' };
  }
}
