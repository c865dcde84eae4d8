import { isIPv6 } from 'node:net';
import type { Service, ServicePort } from '@berth/api';
import { isDeepEqual } from '@berth/api';
import {
  isExternal,
  isHeadless,
  needsClusterIp,
  needsHealthCheck,
  needsNodePorts,
} from './service-kind.ts';

type Spec = Service['spec'];

/** A new service: no status, `clusterIPs` beside `clusterIP`, and the families of a cluster that speaks IPv4. */
export function completeNew(service: Service): Service {
  const { clusterIP, clusterIPs = [] } = service.spec;
  const spec =
    clusterIP && clusterIPs.length === 0
      ? { ...service.spec, clusterIPs: [clusterIP] }
      : service.spec;
  return { ...service, spec: withFamilies(spec), status: { loadBalancer: {} } };
}

function withFamilies(spec: Spec): Spec {
  if (!needsClusterIp(spec)) return spec;
  const anywhere = isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0;
  const policy = spec.ipFamilyPolicy ?? (anywhere ? 'RequireDualStack' : 'SingleStack');
  const [address = ''] = spec.clusterIPs ?? [];
  const first = spec.ipFamilies?.[0] ?? (isIPv6(address) ? 'IPv6' : 'IPv4');
  const second = first === 'IPv4' ? 'IPv6' : 'IPv4';
  return {
    ...spec,
    ipFamilyPolicy: policy,
    ipFamilies: spec.ipFamilies ?? (anywhere ? [first, second] : [first]),
  };
}

/**
 * An update: what was allocated stays where the client did not speak of it, and goes where the new type has no use
 * for it.
 */
export function carryOver(service: Service, old: Service): Service {
  const spec = dropUnused(
    keepAllocated(alignClusterIps(service.spec, old.spec), old.spec),
    old.spec,
  );
  const status = spec.type === 'LoadBalancer' ? old.status : { ...old.status, loadBalancer: {} };
  return { ...service, spec, status: status ?? { loadBalancer: {} } };
}

/** Whoever changes only `clusterIP` means `clusterIPs` too. */
function alignClusterIps(spec: Spec, old: Spec): Spec {
  if ((spec.clusterIP ?? '') === (old.clusterIP ?? '')) return spec;
  if (!isDeepEqual(spec.clusterIPs, old.clusterIPs)) return spec;
  const { clusterIPs: _old, ...rest } = spec;
  return spec.clusterIP ? { ...rest, clusterIPs: [spec.clusterIP] } : rest;
}

function keepAllocated(spec: Spec, old: Spec): Spec {
  const clusterIp = needsClusterIp(spec) && needsClusterIp(old);
  const clusterIP = spec.clusterIP || (old.clusterIP ?? '');
  const sameIp = clusterIP === old.clusterIP;
  return {
    ...spec,
    ...(clusterIp && clusterIP && { clusterIP }),
    ...(clusterIp &&
      sameIp &&
      !spec.clusterIPs?.length &&
      old.clusterIPs && { clusterIPs: old.clusterIPs }),
    ...(clusterIp && !spec.ipFamilies && old.ipFamilies && { ipFamilies: old.ipFamilies }),
    ...(clusterIp &&
      !spec.ipFamilyPolicy &&
      old.ipFamilyPolicy && { ipFamilyPolicy: old.ipFamilyPolicy }),
    ...(needsNodePorts(spec) &&
      needsNodePorts(old) &&
      spec.ports && { ports: keepNodePorts(spec.ports, old.ports ?? []) }),
    ...(needsHealthCheck(spec) &&
      needsHealthCheck(old) &&
      !spec.healthCheckNodePort &&
      old.healthCheckNodePort && { healthCheckNodePort: old.healthCheckNodePort }),
  };
}

/** A port keeps its node port; one that was taken over by hand is not given twice. */
function keepNodePorts(
  ports: readonly ServicePort[],
  old: readonly ServicePort[],
): readonly ServicePort[] {
  const taken = new Set(ports.flatMap(({ nodePort }) => nodePort ?? []));
  return ports.map((port) => {
    if (port.nodePort) return port;
    const before = old.find(
      (each) => each.port === port.port && each.protocol === port.protocol,
    )?.nodePort;
    return before && !taken.has(before) ? { ...port, nodePort: before } : port;
  });
}

function dropUnused(spec: Spec, old: Spec): Spec {
  const unused: (keyof Spec)[] = [];
  const drop = (when: boolean, ...keys: readonly (keyof Spec)[]) => {
    if (when) unused.push(...keys.filter((key) => isDeepEqual(spec[key], old[key])));
  };
  drop(
    needsClusterIp(old) && !needsClusterIp(spec),
    'clusterIP',
    'clusterIPs',
    'ipFamilies',
    'ipFamilyPolicy',
  );
  drop(needsHealthCheck(old) && !needsHealthCheck(spec), 'healthCheckNodePort');
  drop(
    old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer',
    'allocateLoadBalancerNodePorts',
    'loadBalancerClass',
  );
  drop(isExternal(old) && !isExternal(spec), 'externalTrafficPolicy');
  const kept = Object.fromEntries(
    Object.entries(spec).filter(([key]) => !unused.some((each) => each === key)),
  ) as Spec;
  return needsNodePorts(old) && !needsNodePorts(spec) && addsNoNodePort(spec, old)
    ? { ...kept, ...(kept.ports && { ports: kept.ports.map(withoutNodePort) }) }
    : kept;
}

const withoutNodePort = ({ nodePort: _nodePort, ...port }: ServicePort): ServicePort => port;

function addsNoNodePort(spec: Spec, old: Spec): boolean {
  const before = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
  return (spec.ports ?? []).every(({ nodePort }) => !nodePort || before.has(nodePort));
}
