import type { Service } from '@berth/api';

type Spec = Service['spec'];

export const isHeadless = ({ clusterIPs = [] }: Spec): boolean =>
  clusterIPs.length === 1 && clusterIPs[0] === 'None';

export const needsClusterIp = ({ type }: Spec): boolean => type !== 'ExternalName';

export const needsNodePorts = ({ type }: Spec): boolean =>
  type === 'NodePort' || type === 'LoadBalancer';

/** Whether packets can come to the service from outside the cluster. */
export const isExternal = (spec: Spec): boolean =>
  needsNodePorts(spec) || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);

/** Load balancers ask the nodes which of them have a pod of the service. */
export const needsHealthCheck = ({ type, externalTrafficPolicy }: Spec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
