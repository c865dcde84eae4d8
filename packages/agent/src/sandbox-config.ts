import type { Pod } from '@berth/api';
import type { PodSandboxConfig } from '@berth/cri';

import { sysctlName } from './admission/sysctls.ts';
import { sandboxLabels } from './cri-labels.ts';
import type { DnsConfig } from './dns.ts';
import { containersOf, usesHostNetwork } from './pod-spec.ts';
import { namespaceOptions, supplementalGroups } from './security-context.ts';

const maxHostname = 63;

/** The name a pod knows itself by. */
export const podHostname = ({ metadata, spec }: Pod): string =>
  (spec.hostnameOverride ?? spec.hostname ?? metadata.name)
    .slice(0, maxHostname)
    .replace(/[-.]+$/, '');

/** `hostname.subdomain.namespace.svc.domain` for pods that have a subdomain. */
export const podFqdn = (pod: Pod, clusterDomain: string): string | undefined =>
  pod.spec.subdomain && !pod.spec.hostnameOverride
    ? `${podHostname(pod)}.${pod.spec.subdomain}.${pod.metadata.namespace ?? ''}.svc.${clusterDomain}`
    : undefined;

export interface SandboxConfigInput {
  readonly pod: Pod;
  readonly attempt: number;
  readonly logDirectory: string;
  readonly dns: DnsConfig;
  readonly clusterDomain: string;
  /** The cgroup that everything of the node lies in; the runtime's default when absent. */
  readonly cgroupRoot?: string | undefined;
}

/** What the runtime is told about a pod's sandbox. */
export function sandboxConfig(input: SandboxConfigInput): PodSandboxConfig {
  const { pod, attempt, logDirectory, dns, clusterDomain } = input;
  const { name, namespace = '', uid, annotations = {} } = pod.metadata;
  const fqdn = pod.spec.setHostnameAsFQDN ? podFqdn(pod, clusterDomain) : undefined;
  return {
    metadata: { name, namespace, uid, attempt },
    ...(!usesHostNetwork(pod) && { hostname: fqdn ?? podHostname(pod) }),
    logDirectory,
    dnsConfig: dns,
    portMappings: portMappings(pod),
    labels: sandboxLabels(pod),
    annotations,
    linux: linuxConfig(input),
  };
}

const protocols = new Set(['TCP', 'UDP', 'SCTP']);

const portMappings = (pod: Pod): NonNullable<PodSandboxConfig['portMappings']> =>
  containersOf(pod)
    .filter(({ kind }) => kind !== 'ephemeral')
    .flatMap(({ container }) => container.ports ?? [])
    .filter(({ protocol = 'TCP' }) => protocols.has(protocol))
    .map(({ protocol = 'TCP', containerPort, hostPort = 0, hostIP }) => ({
      protocol: protocol as 'TCP' | 'UDP' | 'SCTP',
      containerPort,
      hostPort,
      ...(hostIP && { hostIp: hostIP }),
    }));

function linuxConfig({
  pod,
  cgroupRoot,
}: SandboxConfigInput): NonNullable<PodSandboxConfig['linux']> {
  const { sysctls = [], runAsUser, runAsGroup } = pod.spec.securityContext ?? {};
  const privileged = containersOf(pod).some(
    ({ container }) => container.securityContext?.privileged === true,
  );
  return {
    ...(cgroupRoot && { cgroupParent: cgroupRoot }),
    sysctls: Object.fromEntries(sysctls.map((s) => [sysctlName(s.name), s.value])),
    securityContext: {
      namespaceOptions: namespaceOptions(pod),
      ...(runAsUser !== undefined && { runAsUser: { value: runAsUser } }),
      // A group without a user means nothing to the runtime.
      ...(runAsUser !== undefined &&
        runAsGroup !== undefined && { runAsGroup: { value: runAsGroup } }),
      supplementalGroups: supplementalGroups(pod),
      privileged,
      // The sandbox runs nothing of the pod's, so the profile that the pod chose is not for it.
      seccomp: { profileType: 'RuntimeDefault' },
    },
  };
}
