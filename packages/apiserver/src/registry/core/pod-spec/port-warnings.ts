import type { Container } from '@berth/api';
import type { Given } from '../given.ts';

type Port = NonNullable<Given<Container>['ports']>[number];

/** Of ports that a pod has twice, in whatever containers. */
export function portWarnings(
  containers: readonly {
    readonly path: string;
    readonly container: Given<Container>;
  }[],
): readonly string[] {
  const known = new Map<string, { readonly path: string; readonly port: Port }[]>();
  const warnings: string[] = [];
  for (const { path: owner, container } of containers) {
    for (const [i, port] of (container.ports ?? []).entries()) {
      const path = `${owner}.ports[${i}]`;
      const { containerPort = 0, protocol = 'TCP', hostIP = '', hostPort = 0 } = port;
      if (hostIP !== '' && hostPort === 0)
        warnings.push(`${path}: hostIP set without hostPort: ${show(port)}`);
      const key = `${containerPort}/${protocol}`;
      const others = known.get(key) ?? [];
      for (const other of others) {
        const problem = problemOf(port, other.port);
        if (problem) warnings.push(`${path}: ${problem} port definition with ${other.path}`);
      }
      known.set(key, [...others, { path, port }]);
    }
  }
  return warnings;
}

function problemOf(
  { hostIP = '', hostPort = 0 }: Port,
  { hostIP: otherIp = '', hostPort: otherPort = 0 }: Port,
): string | undefined {
  if (hostIP === otherIp && hostPort === otherPort) return 'duplicate';
  // Redundant beside any other, which is odd and does no harm.
  if (hostPort === 0 || otherPort === 0) return 'overlapping';
  return hostPort === otherPort && (hostIP === '') !== (otherIp === '')
    ? 'dangerously ambiguous'
    : undefined;
}

/** As upstream prints it. */
const show = ({
  name = '',
  hostPort = 0,
  containerPort = 0,
  protocol = 'TCP',
  hostIP = '',
}: Port) =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
