import type { PodSpec } from '@berth/api';

type Namespace = 'ipc' | 'net';

/** The settings of the kernel that a pod may change without reaching beyond itself, and whose they are. */
const safe: Readonly<Record<string, Namespace>> = {
  'kernel.shm_rmid_forced': 'ipc',
  'net.ipv4.ip_local_port_range': 'net',
  'net.ipv4.ip_local_reserved_ports': 'net',
  'net.ipv4.ip_unprivileged_port_start': 'net',
  'net.ipv4.ping_group_range': 'net',
  'net.ipv4.tcp_fin_timeout': 'net',
  'net.ipv4.tcp_keepalive_intvl': 'net',
  'net.ipv4.tcp_keepalive_probes': 'net',
  'net.ipv4.tcp_keepalive_time': 'net',
  'net.ipv4.tcp_rmem': 'net',
  'net.ipv4.tcp_syncookies': 'net',
  'net.ipv4.tcp_wmem': 'net',
};

/** The kernel's own form has dots; slashes are another spelling of the same name. */
export const sysctlName = (name: string): string => name.replaceAll('/', '.');

/** Why a pod may not set what it wants to set, in the words of `SysctlForbidden`. */
export function sysctlProblem({
  securityContext,
  hostNetwork,
  hostIPC,
}: PodSpec): string | undefined {
  const ofHost: Readonly<Record<Namespace, boolean | undefined>> = {
    net: hostNetwork,
    ipc: hostIPC,
  };
  for (const { name } of securityContext?.sysctls ?? []) {
    const known = sysctlName(name);
    const about = `forbidden sysctl: ${JSON.stringify(known)}`;
    const namespace = Object.hasOwn(safe, known) ? safe[known] : undefined;
    if (!namespace) return `${about} not allowlisted`;
    if (ofHost[namespace]) return `${about} not allowed with host ${namespace} enabled`;
  }
  return undefined;
}
