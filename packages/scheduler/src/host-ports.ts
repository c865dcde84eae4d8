import type { Pod } from '@berth/api';
import { isSidecar } from './resources.ts';

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

const anyAddress = '0.0.0.0';

/** The ports of the node that the pod wants, those of restartable init containers included. */
export function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  return [...spec.containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostIP, hostPort, protocol = 'TCP' }) =>
      hostPort ? [{ ip: hostIP || anyAddress, protocol, port: hostPort }] : [],
    ),
  );
}

/** Whether two pods of one node cannot both have their port: any address clashes with every address. */
export const clash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port &&
  a.protocol === b.protocol &&
  (a.ip === b.ip || a.ip === anyAddress || b.ip === anyAddress);
