import type { DiscoveryV1EndpointPort, Pod, Service } from '@berth/api';

/** The service's ports as numbers on this pod; a named target that the pod does not have is left out. */
export function podPorts({ spec }: Service, pod: Pod): readonly DiscoveryV1EndpointPort[] {
  return (spec.ports ?? []).flatMap(
    ({ name = '', protocol = 'TCP', port, targetPort, appProtocol }) => {
      const number = numberOf(targetPort ?? port, protocol, pod);
      return number === undefined
        ? []
        : [{ name, protocol, port: number, ...(appProtocol && { appProtocol }) }];
    },
  );
}

function numberOf(target: number | string, protocol: string, { spec }: Pod): number | undefined {
  if (typeof target === 'number') return target;
  const sidecars = (spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always');
  const ports = [...spec.containers, ...sidecars].flatMap((container) => container.ports ?? []);
  return ports.find((p) => p.name === target && (p.protocol ?? 'TCP') === protocol)?.containerPort;
}
