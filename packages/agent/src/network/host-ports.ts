import type { Pod } from '@berth/api';

/** A port of the node that leads into one of its pods. */
export interface HostPort {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** Any address of the node when absent. */
  readonly hostIp: string | undefined;
  readonly hostPort: number;
  readonly podIp: string;
  readonly containerPort: number;
}

/** Host ports of the running pods of this node; pods in the node's own network need none. */
export const planHostPorts = (pods: readonly Pod[]): readonly HostPort[] =>
  pods.flatMap(({ spec, status }) => {
    const podIp = status?.podIP;
    if (!podIp || spec.hostNetwork || isFinished(status.phase)) return [];
    const containers = [...(spec.initContainers ?? []), ...spec.containers];
    return containers.flatMap(({ ports = [] }) =>
      ports.flatMap(({ hostPort, hostIP, containerPort, protocol = 'TCP' }): HostPort[] =>
        hostPort
          ? [
              {
                protocol: protocol.toLowerCase() as HostPort['protocol'],
                hostIp: hostIP && hostIP !== '0.0.0.0' ? hostIP : undefined,
                hostPort,
                podIp,
                containerPort,
              },
            ]
          : [],
      ),
    );
  });

const isFinished = (phase: string | undefined) => phase === 'Succeeded' || phase === 'Failed';
