import { keyOf } from '@berth/api';
import type { Endpoint, EndpointSlice, Service, ServicePort as ApiServicePort } from '@berth/api';

interface Backend {
  readonly ip: string;
  readonly port: number;
}

/** One port at which a Service answers, and who does. */
export interface ServicePort {
  /** `namespace/name:port`. */
  readonly name: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly clusterIps: readonly string[];
  readonly port: number;
  readonly nodePort: number | undefined;
  /** The same client goes to the same backend. */
  readonly sticky: boolean;
  readonly backends: readonly Backend[];
}

const serviceNameLabel = 'kubernetes.io/service-name';

/** What this node has to answer for, from the Services and their EndpointSlices; IPv4 alone. */
export function planServicePorts(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  nodeName: string,
): readonly ServicePort[] {
  const slicesByService = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const key = `${slice.metadata.namespace}/${slice.metadata.labels?.[serviceNameLabel]}`;
    slicesByService.set(key, [...(slicesByService.get(key) ?? []), slice]);
  }
  return [...services]
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .flatMap((service) => portsOf(service, slicesByService.get(keyOf(service)) ?? [], nodeName));
}

function portsOf(
  service: Service,
  slices: readonly EndpointSlice[],
  nodeName: string,
): readonly ServicePort[] {
  const { spec } = service;
  const clusterIps = (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter(isIpv4);
  if (clusterIps.length === 0) return [];
  return (spec.ports ?? []).map((port) => ({
    name: `${keyOf(service)}:${port.name ?? port.port}`,
    protocol: (port.protocol ?? 'TCP').toLowerCase() as ServicePort['protocol'],
    clusterIps,
    port: port.port,
    nodePort: port.nodePort,
    sticky: spec.sessionAffinity === 'ClientIP',
    backends: backendsOf(service, port, slices, nodeName),
  }));
}

function backendsOf(
  { spec }: Service,
  port: ApiServicePort,
  slices: readonly EndpointSlice[],
  nodeName: string,
): readonly Backend[] {
  const candidates = slices
    .filter(({ addressType }) => addressType === 'IPv4')
    .flatMap((slice) => {
      const target = slice.ports?.find(
        ({ name, protocol }) =>
          (name ?? '') === (port.name ?? '') && (protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
      )?.port;
      return (slice.endpoints ?? []).flatMap((endpoint) => (target ? [{ endpoint, target }] : []));
    })
    .filter(
      ({ endpoint }) => spec.internalTrafficPolicy !== 'Local' || endpoint.nodeName === nodeName,
    );
  const ready = candidates.filter(({ endpoint }) => isReady(endpoint));
  // While none is ready, those that end but still serve are better than nothing.
  const chosen =
    ready.length > 0 ? ready : candidates.filter(({ endpoint }) => servesStill(endpoint));
  return chosen
    .flatMap(({ endpoint, target }) => endpoint.addresses.map((ip) => ({ ip, port: target })))
    .sort((a, b) => (a.ip < b.ip ? -1 : 1));
}

const isReady = ({ conditions }: Endpoint) => conditions?.ready !== false;
const servesStill = ({ conditions }: Endpoint) =>
  conditions?.serving === true && conditions.terminating === true;

const isIpv4 = (address: string) => /^\d+\.\d+\.\d+\.\d+$/.test(address);
