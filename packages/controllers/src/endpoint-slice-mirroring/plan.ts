import { isIP } from 'node:net';
import { endpoints as endpointsType, endpointSlices } from '@berth/api';
import type {
  DiscoveryV1EndpointPort,
  Draft,
  Endpoint,
  EndpointAddress,
  EndpointSlice,
  EndpointSubset,
  Endpoints,
  ObjectMeta,
  Service,
} from '@berth/api';
import { planAllocation } from '../endpoint-slice/allocate.ts';
import type { Group, SlicePlan } from '../endpoint-slice/allocate.ts';
import { managedByLabel, serviceNameLabel } from '../endpoint-slice/labels.ts';
import { managedByLabel as endpointsManagedByLabel } from '../endpoints/plan.ts';
import { leaderAnnotation } from '../leader-annotation.ts';
import { controllerReference } from '../owned.ts';
import { familyOf } from '../service-pods/pod-addresses.ts';
import { triggerTimeAnnotation } from '../service-pods/trigger-times.ts';

export const managedBy = 'endpointslicemirroring-controller.k8s.io';
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Upstream's --mirroring-max-endpoints-per-subset. */
export const addressesPerSubset = 1000;

/** Whether somebody made these Endpoints by hand for a service that selects no pods itself. */
export const isToMirror = (
  endpoints: Endpoints | undefined,
  service: Service | undefined,
): endpoints is Endpoints =>
  endpoints !== undefined &&
  service !== undefined &&
  !service.spec.selector &&
  endpoints.metadata.labels?.[skipLabel] !== 'true' &&
  !(leaderAnnotation in (endpoints.metadata.annotations ?? {}));

export interface MirrorPlan extends SlicePlan {
  /** Addresses that are none. */
  readonly invalid: number;
  /** All that are not mirrored: the invalid ones, and those past `addressesPerSubset`. */
  readonly skipped: number;
}

/** The changes that make the slices of this controller say what the Endpoints say. */
export function planMirror(endpoints: Endpoints, slices: readonly EndpointSlice[]): MirrorPlan {
  const groups = new Map<string, Group & { readonly endpoints: Endpoint[] }>();
  let [invalid, skipped] = [0, 0];
  for (const subset of endpoints.subsets ?? []) {
    const addresses = addressesOf(subset);
    const valid = addresses.filter(({ address }) => isIP(address.ip) !== 0);
    const mirrored = valid.slice(0, addressesPerSubset);
    invalid += addresses.length - valid.length;
    skipped += addresses.length - mirrored.length;
    const ports = portsOf(subset);
    for (const { address, isReady } of mirrored) {
      const addressType = familyOf(address.ip);
      const id = JSON.stringify([addressType, ports]);
      const group = groups.get(id) ?? { addressType, ports, endpoints: [] };
      groups.set(id, group);
      group.endpoints.push(endpointOf(address, isReady));
    }
  }
  const metadata = metadataOf(endpoints);
  const plan = planAllocation({
    groups: [...groups.values()],
    slices,
    endpointsPerSlice: addressesPerSubset,
    draft: (group, members) => draftOf(endpoints, metadata, group, members),
    next: (slice, members) => ({
      ...slice,
      metadata: mirroredOn(slice.metadata, metadata),
      endpoints: members,
    }),
  });
  return { ...plan, invalid, skipped };
}

const addressesOf = ({ addresses = [], notReadyAddresses = [] }: EndpointSubset) => [
  ...addresses.map((address) => ({ address, isReady: true })),
  ...notReadyAddresses.map((address) => ({ address, isReady: false })),
];

const portsOf = ({ ports = [] }: EndpointSubset): readonly DiscoveryV1EndpointPort[] =>
  ports.map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({
    name,
    port,
    protocol,
    ...(appProtocol && { appProtocol }),
  }));

const endpointOf = (
  { ip, hostname, nodeName, targetRef }: EndpointAddress,
  ready: boolean,
): Endpoint => ({
  addresses: [ip],
  conditions: { ready },
  ...(hostname && { hostname }),
  ...(nodeName && { nodeName }),
  ...(targetRef && { targetRef }),
});

type Labels = Readonly<Record<string, string>>;

interface Mirrored {
  readonly labels: Labels;
  readonly annotations?: Labels;
}

function mirroredOn({ annotations: _, ...rest }: ObjectMeta, mirrored: Mirrored): ObjectMeta {
  return { ...rest, ...mirrored };
}

function metadataOf({ metadata }: Endpoints): Mirrored {
  const { [endpointsManagedByLabel]: _, ...labels } = metadata.labels ?? {};
  const {
    [triggerTimeAnnotation]: __,
    [lastApplied]: ___,
    ...annotations
  } = metadata.annotations ?? {};
  return {
    labels: { ...labels, [serviceNameLabel]: metadata.name, [managedByLabel]: managedBy },
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

const draftOf = (
  endpoints: Endpoints,
  metadata: Mirrored,
  { addressType, ports }: Group,
  members: readonly Endpoint[],
): Draft<EndpointSlice> => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: endpointSlices.kind,
  metadata: {
    ...metadata,
    namespace: endpoints.metadata.namespace!,
    generateName: `${endpoints.metadata.name}-`,
    ownerReferences: [controllerReference(endpointsType, endpoints)],
  },
  addressType,
  endpoints: members,
  ports,
});
