import type { ObjectReference, Pod, Service } from '@berth/api';

export type AddressType = 'IPv4' | 'IPv6';

export const familyOf = (address: string): AddressType => (address.includes(':') ? 'IPv6' : 'IPv4');

/** Every address of a pod, the first one of each family first. */
export const addressesOf = ({ status }: Pod): readonly string[] =>
  status?.podIPs?.map(({ ip }) => ip) ?? (status?.podIP ? [status.podIP] : []);

export const addressIn = (pod: Pod, family: AddressType): string | undefined =>
  addressesOf(pod).find((address) => familyOf(address) === family);

/** The host name under which the pod is known to the service's DNS names, if it is. */
export const hostnameIn = ({ metadata }: Service, { spec }: Pod): string | undefined =>
  spec.hostname && spec.subdomain === metadata.name ? spec.hostname : undefined;

export const referenceTo = ({ metadata }: Pod): ObjectReference => ({
  kind: 'Pod',
  namespace: metadata.namespace!,
  name: metadata.name,
  uid: metadata.uid,
});
