import type { Pod } from '@berth/api';
import { podsOn } from './world.ts';
import type { Filter } from './world.ts';

interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

function hostPorts({ spec }: Pod): readonly HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always');
  return [...spec.containers, ...sidecars]
    .flatMap(({ ports = [] }) => ports)
    .filter(({ hostPort = 0 }) => hostPort > 0)
    .map(({ hostIP, hostPort = 0, protocol }) => ({
      ip: hostIP || '0.0.0.0',
      protocol: protocol || 'TCP',
      port: hostPort,
    }));
}

const clash = (a: HostPort, b: HostPort) =>
  a.port === b.port &&
  a.protocol === b.protocol &&
  (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0');

export const nodePorts: Filter = (pod, node, world) => {
  const taken = podsOn(node, world).flatMap(hostPorts);
  return hostPorts(pod).some((wanted) => taken.some((other) => clash(wanted, other)))
    ? {
        plugin: 'NodePorts',
        reasons: ["node(s) didn't have free ports for the requested pod ports"],
        resolvable: true,
      }
    : undefined;
};
