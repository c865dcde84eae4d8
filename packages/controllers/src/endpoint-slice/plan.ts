import { endpointSlices, services } from '@berth/api';
import type {
  DiscoveryV1EndpointPort,
  Draft,
  Endpoint,
  EndpointSlice,
  Node,
  Pod,
  Service,
} from '@berth/api';
import { controllerReference } from '../owned.ts';
import { isFinished, isReady } from '../pods.ts';
import { same } from '../same.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const managedBy = 'endpointslice-controller.k8s.io';
const headlessLabel = 'service.kubernetes.io/headless';
const zoneLabel = 'topology.kubernetes.io/zone';

/** Upstream's --max-endpoints-per-slice. */
const endpointsPerSlice = 100;

export interface Observed {
  readonly service: Service;
  /** Pods that the service selects. */
  readonly pods: readonly Pod[];
  readonly node: (name: string) => Node | undefined;
  /** Slices of this service that this controller manages. */
  readonly slices: readonly EndpointSlice[];
}

export interface SlicePlan {
  readonly create: readonly Draft<EndpointSlice>[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

type AddressType = 'IPv4' | 'IPv6';

/** Endpoints that share an address type and the same numbered ports: what fits into one slice. */
interface Group {
  readonly addressType: AddressType;
  readonly ports: readonly DiscoveryV1EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/**
 * The changes that make a service's slices say which pods are behind it. An endpoint stays in the slice where it
 * is, free room is used before new slices are made, and one empty slice is left when there are no endpoints.
 */
export function planSlices(observed: Observed): SlicePlan {
  const { service, slices } = observed;
  const plan = { create: [] as Draft<EndpointSlice>[], update: [] as EndpointSlice[] };
  const kept = new Set<EndpointSlice>();
  for (const group of groupsOf(observed)) {
    const existing = slices.filter(
      ({ addressType, ports }) =>
        addressType === group.addressType && same(ports ?? [], group.ports),
    );
    for (const filled of fill(group.endpoints, existing)) {
      if (!filled.slice) {
        plan.create.push(draftOf(service, group, filled.endpoints));
        continue;
      }
      kept.add(filled.slice);
      const next = nextOf(service, filled.slice, filled.endpoints);
      if (!same(next, filled.slice)) plan.update.push(next);
    }
  }
  return { ...plan, remove: slices.filter((slice) => !kept.has(slice)) };
}

interface Filled {
  /** Undefined for a slice that is to be made. */
  readonly slice: EndpointSlice | undefined;
  readonly endpoints: readonly Endpoint[];
}

interface Filling extends Filled {
  readonly endpoints: Endpoint[];
}

function fill(endpoints: readonly Endpoint[], slices: readonly EndpointSlice[]): readonly Filled[] {
  const waiting = new Map(endpoints.map((endpoint) => [addressOf(endpoint), endpoint]));
  const filled = slices.map((slice): Filling => {
    const staying = (slice.endpoints ?? []).flatMap((endpoint) => {
      const fresh = waiting.get(addressOf(endpoint));
      waiting.delete(addressOf(endpoint));
      return fresh ? [fresh] : [];
    });
    return { slice, endpoints: staying };
  });
  // The fullest slice with room takes them first, so that few slices change.
  const newcomers = [...waiting.values()];
  for (const target of [...filled].sort((a, b) => b.endpoints.length - a.endpoints.length)) {
    target.endpoints.push(...newcomers.splice(0, endpointsPerSlice - target.endpoints.length));
  }
  while (newcomers.length > 0) {
    filled.push({ slice: undefined, endpoints: newcomers.splice(0, endpointsPerSlice) });
  }
  const used = filled.filter((slice) => slice.endpoints.length > 0);
  if (used.length > 0) return used;
  return [filled[0] ?? { slice: undefined, endpoints: [] }];
}

const addressOf = ({ addresses }: Endpoint) => addresses[0] ?? '';

function groupsOf({ service, pods, node }: Observed): readonly Group[] {
  const groups = new Map<string, Group & { readonly endpoints: Endpoint[] }>();
  const families = (service.spec.ipFamilies ?? ['IPv4']) as readonly AddressType[];
  const groupFor = (addressType: AddressType, ports: readonly DiscoveryV1EndpointPort[]) => {
    const id = JSON.stringify([addressType, ports]);
    const group = groups.get(id) ?? { addressType, ports, endpoints: [] };
    groups.set(id, group);
    return group;
  };
  for (const pod of pods.filter(canServe)) {
    const ports = portsFor(service, pod);
    for (const addressType of families) {
      const ip = addressesOf(pod).find((address) => familyOf(address) === addressType);
      if (!ip) continue;
      groupFor(addressType, ports).endpoints.push(endpointOf(service, pod, ip, node));
    }
  }
  for (const addressType of families) {
    const present = [...groups.values()].some((group) => group.addressType === addressType);
    if (!present) groupFor(addressType, []);
  }
  return [...groups.values()];
}

const canServe = (pod: Pod) => !isFinished(pod) && addressesOf(pod).length > 0;

const addressesOf = ({ status }: Pod): readonly string[] =>
  status?.podIPs?.map(({ ip }) => ip) ?? (status?.podIP ? [status.podIP] : []);

const familyOf = (address: string): AddressType => (address.includes(':') ? 'IPv6' : 'IPv4');

function endpointOf(
  { metadata, spec }: Service,
  pod: Pod,
  ip: string,
  node: Observed['node'],
): Endpoint {
  const { nodeName } = pod.spec;
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isReady(pod);
  const zone = nodeName ? node(nodeName)?.metadata.labels?.[zoneLabel] : undefined;
  return {
    addresses: [ip],
    conditions: {
      ready: spec.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    ...(pod.spec.hostname &&
      pod.spec.subdomain === metadata.name && { hostname: pod.spec.hostname }),
    targetRef: {
      kind: 'Pod',
      namespace: pod.metadata.namespace!,
      name: pod.metadata.name,
      uid: pod.metadata.uid,
    },
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
  };
}

/** The service's ports as numbers on this pod; a named target that the pod does not have is left out. */
function portsFor({ spec }: Service, pod: Pod): readonly DiscoveryV1EndpointPort[] {
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

function draftOf(
  service: Service,
  { addressType, ports }: Group,
  endpoints: readonly Endpoint[],
): Draft<EndpointSlice> {
  const { name, namespace } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: endpointSlices.kind,
    metadata: {
      namespace: namespace!,
      generateName: `${name}-`,
      labels: labelsOf(service),
      ownerReferences: [controllerReference(services, service)],
    },
    addressType,
    endpoints,
    ports,
  };
}

const nextOf = (service: Service, slice: EndpointSlice, endpoints: readonly Endpoint[]) => ({
  ...slice,
  metadata: { ...slice.metadata, labels: labelsOf(service) },
  endpoints,
});

const labelsOf = (service: Service) => ({
  ...service.metadata.labels,
  ...(service.spec.clusterIP === 'None' && { [headlessLabel]: '' }),
  [serviceNameLabel]: service.metadata.name,
  [managedByLabel]: managedBy,
});
