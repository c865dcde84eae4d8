import { endpointSlices, services } from '@berth/api';
import type { Draft, Endpoint, EndpointSlice, Node, Pod, Service } from '@berth/api';
import { controllerReference } from '../owned.ts';
import { isFinished, isReady } from '../pods.ts';
import { addressesOf, addressIn, hostnameIn, referenceTo } from '../service-pods/pod-addresses.ts';
import type { AddressType } from '../service-pods/pod-addresses.ts';
import { podPorts } from '../service-pods/pod-ports.ts';
import { triggerTimeAnnotation } from '../service-pods/trigger-times.ts';
import { planAllocation } from './allocate.ts';
import type { Group, SlicePlan } from './allocate.ts';
import { headlessLabel, managedByLabel, serviceNameLabel } from './labels.ts';

export const managedBy = 'endpointslice-controller.k8s.io';
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
  /** Since when a change was due, if one was. */
  readonly triggerTime: string | undefined;
}

/** The changes that make a service's slices say which pods are behind it. */
export function planSlices(observed: Observed): SlicePlan {
  const { service, slices, triggerTime } = observed;
  const plan = planAllocation({
    groups: groupsOf(observed),
    slices,
    endpointsPerSlice,
    draft: (group, endpoints) => draftOf(service, group, endpoints),
    next: (slice, endpoints) => nextOf(service, slice, endpoints),
  });
  return {
    create: plan.create.map((slice) => withTriggerTime(slice, triggerTime)),
    update: plan.update.map((slice) => withTriggerTime(slice, triggerTime)),
    remove: plan.remove,
  };
}

function withTriggerTime<T extends Draft<EndpointSlice>>(slice: T, time: string | undefined): T {
  const { [triggerTimeAnnotation]: _, ...others } = slice.metadata.annotations ?? {};
  const annotations = { ...others, ...(time && { [triggerTimeAnnotation]: time }) };
  return { ...slice, metadata: { ...slice.metadata, annotations } };
}

function groupsOf({ service, pods, node }: Observed): readonly Group[] {
  const groups = new Map<string, Group & { readonly endpoints: Endpoint[] }>();
  const families = (service.spec.ipFamilies ?? ['IPv4']) as readonly AddressType[];
  const groupFor = (addressType: AddressType, ports: Group['ports']) => {
    const id = JSON.stringify([addressType, ports]);
    const group = groups.get(id) ?? { addressType, ports, endpoints: [] };
    groups.set(id, group);
    return group;
  };
  for (const pod of pods.filter(canServe)) {
    const ports = podPorts(service, pod);
    for (const addressType of families) {
      const ip = addressIn(pod, addressType);
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

function endpointOf(service: Service, pod: Pod, ip: string, node: Observed['node']): Endpoint {
  const { nodeName } = pod.spec;
  const hostname = hostnameIn(service, pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isReady(pod);
  const zone = nodeName ? node(nodeName)?.metadata.labels?.[zoneLabel] : undefined;
  return {
    addresses: [ip],
    conditions: {
      ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    ...(hostname && { hostname }),
    targetRef: referenceTo(pod),
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
  };
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
