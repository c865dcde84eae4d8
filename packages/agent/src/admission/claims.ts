import { podRequests } from '@berth/api';
import type { Amounts, Pod } from '@berth/api';

import { containersOf } from '../pod-spec.ts';

/** A port of the node that a pod takes. */
interface ClaimedPort {
  readonly protocol: string;
  readonly hostIp: string;
  readonly hostPort: number;
}

/** What of the node a pod takes for itself. */
export interface Claims {
  readonly requests: Amounts;
  readonly ports: readonly ClaimedPort[];
}

export const claimsOf = (pod: Pod): Claims => ({ requests: podRequests(pod), ports: portsOf(pod) });

const portsOf = (pod: Pod): readonly ClaimedPort[] =>
  containersOf(pod)
    .filter(({ kind }) => kind === 'app' || kind === 'sidecar')
    .flatMap(({ container }) => container.ports ?? [])
    .map(({ protocol = 'TCP', hostIP, hostPort = 0 }) => ({
      protocol,
      hostIp: hostIP || anyAddress,
      hostPort,
    }))
    .filter(({ hostPort }) => hostPort > 0);

const anyAddress = '0.0.0.0';

/** Whether two claims are about the same port; who listens on any address listens on each. */
export const portsClash = (a: Claims, b: Claims): boolean =>
  a.ports.some((one) =>
    b.ports.some(
      (other) =>
        one.hostPort === other.hostPort &&
        one.protocol === other.protocol &&
        (one.hostIp === other.hostIp || one.hostIp === anyAddress || other.hostIp === anyAddress),
    ),
  );
