import { isFinished, isReady } from '../pods.ts';
import { headlessLabel } from '../endpoint-slice/labels.ts';
import { same } from '../same.ts';
import {
  addressesOf,
  addressIn,
  familyOf,
  hostnameIn,
  referenceTo,
} from '../service-pods/pod-addresses.ts';
import type { AddressType } from '../service-pods/pod-addresses.ts';
import { podPorts } from '../service-pods/pod-ports.ts';
import { triggerTimeAnnotation } from '../service-pods/trigger-times.ts';
import type {
  Draft,
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Endpoints,
  Pod,
  Service,
} from '@berth/api';

export const managedByLabel = 'endpoints.kubernetes.io/managed-by';
export const managedBy = 'endpoint-controller';
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity';

/** Most addresses that one object may hold. */
export const capacity = 1000;

export interface Observed {
  readonly service: Service;
  /** Pods that the service selects. */
  readonly pods: readonly Pod[];
  readonly endpoints: Endpoints | undefined;
  /** Since when a change was due, if one was. */
  readonly triggerTime: string | undefined;
}

/** The Endpoints of a service as they should be; undefined when they are so already. */
export function planEndpoints(observed: Observed): Draft<Endpoints> | undefined {
  const { service, pods, endpoints, triggerTime } = observed;
  const all = subsetsOf(service, pods);
  const subsets = truncate(all);
  const isTruncated = subsets !== all;
  const labels = labelsOf(service);
  const before = endpoints?.metadata.annotations ?? {};
  const isCurrent =
    same(endpoints?.subsets ?? [], subsets) &&
    same(endpoints?.metadata.labels, labels) &&
    overCapacityAnnotation in before === isTruncated;
  if (endpoints && isCurrent) return undefined;
  const { [triggerTimeAnnotation]: _, [overCapacityAnnotation]: __, ...others } = before;
  const annotations = {
    ...others,
    ...(triggerTime && { [triggerTimeAnnotation]: triggerTime }),
    ...(isTruncated && { [overCapacityAnnotation]: 'truncated' }),
  };
  const { name, namespace } = service.metadata;
  return {
    ...endpoints,
    metadata: { ...(endpoints?.metadata ?? { name, namespace: namespace! }), labels, annotations },
    subsets,
  };
}

const labelsOf = ({ metadata, spec }: Service) => {
  const { [headlessLabel]: _, ...own } = metadata.labels ?? {};
  const hasAddress = spec.clusterIP !== undefined && !['', 'None'].includes(spec.clusterIP);
  return { ...own, ...(!hasAddress && { [headlessLabel]: '' }), [managedByLabel]: managedBy };
};

interface Subset {
  readonly ports: readonly EndpointPort[];
  readonly ready: EndpointAddress[];
  readonly notReady: EndpointAddress[];
}

/** Addresses that have the same ports, together; each kind of order is fixed, so that the same pods give the same object. */
function subsetsOf(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const takesUnready = service.spec.publishNotReadyAddresses === true;
  const family = familyOfService(service);
  const subsets = new Map<string, Subset>();
  for (const pod of pods.filter((each) => belongs(each, takesUnready))) {
    const ip = addressIn(pod, family);
    const ports = portsOf(service, pod);
    if (!ip || !ports) continue;
    const id = JSON.stringify(ports);
    const subset = subsets.get(id) ?? { ports, ready: [], notReady: [] };
    subsets.set(id, subset);
    (takesUnready || isReady(pod) ? subset.ready : subset.notReady).push(
      addressOf(service, pod, ip),
    );
  }
  return [...subsets]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, { ports, ready, notReady }]) => ({
      ...(ready.length > 0 && { addresses: ready.sort(byAddress) }),
      ...(notReady.length > 0 && { notReadyAddresses: notReady.sort(byAddress) }),
      ...(ports.length > 0 && { ports }),
    }));
}

const belongs = (pod: Pod, takesUnready: boolean) =>
  !isFinished(pod) &&
  addressesOf(pod).length > 0 &&
  (takesUnready || !pod.metadata.deletionTimestamp);

const familyOfService = ({ spec }: Service): AddressType =>
  (spec.ipFamilies?.[0] as AddressType | undefined) ??
  (spec.clusterIP && spec.clusterIP !== 'None' ? familyOf(spec.clusterIP) : 'IPv4');

/** Undefined when the pod has none of the ports; only a headless service may have no ports at all. */
function portsOf(service: Service, pod: Pod): readonly EndpointPort[] | undefined {
  if ((service.spec.ports ?? []).length === 0)
    return service.spec.clusterIP === 'None' ? [] : undefined;
  const ports = podPorts(service, pod).map(({ name, port, protocol, appProtocol }) => ({
    ...(name && { name }),
    port: port!,
    protocol: protocol!,
    ...(appProtocol && { appProtocol }),
  }));
  return ports.length > 0
    ? ports.sort((a, b) => compareText(a.name ?? '', b.name ?? ''))
    : undefined;
}

function addressOf(service: Service, pod: Pod, ip: string): EndpointAddress {
  const { nodeName } = pod.spec;
  const hostname = hostnameIn(service, pod);
  return {
    ip,
    ...(nodeName && { nodeName }),
    ...(hostname && { hostname }),
    targetRef: referenceTo(pod),
  };
}

const byAddress = (a: EndpointAddress, b: EndpointAddress) =>
  compareText(a.ip, b.ip) || compareText(a.targetRef?.uid ?? '', b.targetRef?.uid ?? '');

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * At most `capacity` addresses, each subset giving up about the same share; those that are not ready go first. Gives the same list
 * back when all of them fit.
 */
function truncate(subsets: readonly EndpointSubset[]): readonly EndpointSubset[] {
  const ready = count(subsets, 'addresses');
  const notReady = count(subsets, 'notReadyAddresses');
  if (ready + notReady <= capacity) return subsets;
  if (ready >= capacity) {
    const room = shares(subsets, 'addresses', capacity);
    return subsets.flatMap(({ notReadyAddresses: _, addresses = [], ...rest }, i) =>
      addresses.length > 0 ? [{ ...rest, addresses: addresses.slice(0, room[i]) }] : [],
    );
  }
  const room = shares(subsets, 'notReadyAddresses', capacity - ready);
  return subsets.flatMap(({ notReadyAddresses = [], ...rest }, i) => {
    const kept = notReadyAddresses.slice(0, room[i]);
    if (kept.length > 0) return [{ ...rest, notReadyAddresses: kept }];
    return rest.addresses ? [rest] : [];
  });
}

type Side = 'addresses' | 'notReadyAddresses';

const count = (subsets: readonly EndpointSubset[], side: Side) =>
  subsets.reduce((sum, subset) => sum + (subset[side]?.length ?? 0), 0);

/** How many of `room` each subset gets, in proportion; shares round up, so that the last ones may get less. */
function shares(subsets: readonly EndpointSubset[], side: Side, room: number): readonly number[] {
  const total = count(subsets, side);
  let left = room;
  return subsets.map((subset) => {
    const share = Math.min(left, Math.ceil(((subset[side]?.length ?? 0) / total) * room));
    left -= share;
    return share;
  });
}
