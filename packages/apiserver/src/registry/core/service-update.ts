import { isIP } from 'node:net';
import type { FieldError, Service } from '@berth/api';
import { forbiddenField, invalidValue, required } from '@berth/api';
import { checkIp, checkOneOf, checkSubdomain } from './field-checks.ts';
import { isHeadless, needsClusterIp, needsHealthCheck } from './service-kind.ts';

type Spec = Service['spec'];

/** Addresses, once given, stay; a second family can be added or given back. */
export function validateServiceChange(
  { spec }: Service,
  { spec: old }: Service,
): readonly FieldError[] {
  return [
    ...(needsClusterIp(spec) && needsClusterIp(old)
      ? [...checkClusterIps(spec, old), ...checkFamilies(spec, old)]
      : []),
    ...(spec.type === 'LoadBalancer' &&
    old.type === 'LoadBalancer' &&
    spec.loadBalancerClass !== old.loadBalancerClass
      ? [
          invalidValue(
            'spec.loadBalancerClass',
            spec.loadBalancerClass ?? null,
            'may not change once set',
          ),
        ]
      : []),
    ...(needsHealthCheck(old) &&
    needsHealthCheck(spec) &&
    spec.healthCheckNodePort !== old.healthCheckNodePort
      ? [forbiddenField('spec.healthCheckNodePort', 'field is immutable')]
      : []),
  ];
}

function checkClusterIps(spec: Spec, old: Spec): readonly FieldError[] {
  if (isHeadless(spec) && isHeadless(old)) return [];
  return checkKept({
    path: 'spec.clusterIPs',
    now: spec.clusterIPs ?? [],
    before: old.clusterIPs ?? [],
    policy: spec.ipFamilyPolicy,
    what: 'clusterIP',
  });
}

function checkFamilies(spec: Spec, old: Spec): readonly FieldError[] {
  if (isHeadless(spec) || isHeadless(old)) return [];
  return checkKept({
    path: 'spec.ipFamilies',
    now: spec.ipFamilies ?? [],
    before: old.ipFamilies ?? [],
    policy: spec.ipFamilyPolicy,
    what: 'ipFamily',
  });
}

interface Kept {
  readonly path: string;
  readonly now: readonly string[];
  readonly before: readonly string[];
  readonly policy: string | undefined;
  readonly what: string;
}

function checkKept({ path, now, before, policy, what }: Kept): readonly FieldError[] {
  const moved = (index: number) =>
    invalidValue(`${path}[${index}]`, now, 'may not change once set');
  if (now.length === before.length) {
    return before.flatMap((value, i) => (value === now[i] ? [] : [moved(i)]));
  }
  if (now.length === 0) {
    return [invalidValue(`${path}[0]`, now, `primary ${what} can not be unset`)];
  }
  return [
    ...(before.length > 0 && now[0] !== before[0] ? [moved(0)] : []),
    ...(now.length < before.length && now.length === 1 && policy !== 'SingleStack'
      ? [
          invalidValue(
            'spec.ipFamilyPolicy',
            policy ?? null,
            `must be set to 'SingleStack' when releasing the secondary ${what}`,
          ),
        ]
      : []),
  ];
}

/** What a load balancer says about itself. */
export function validateLoadBalancerStatus({ spec, status }: Service): readonly FieldError[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  const path = 'status.loadBalancer.ingress';
  if (spec.type !== 'LoadBalancer' && ingress.length > 0) {
    return [forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  return ingress.flatMap(({ ip, ipMode, hostname }, i) => [
    ...(ip ? checkIp(`${path}[${i}].ip`, ip) : []),
    ...(ip && ipMode === undefined
      ? [required(`${path}[${i}].ipMode`, 'must be specified when `ip` is set')]
      : []),
    ...(!ip && ipMode !== undefined
      ? [forbiddenField(`${path}[${i}].ipMode`, 'may not be specified when `ip` is not set')]
      : []),
    ...(ip ? checkOneOf(`${path}[${i}].ipMode`, ipMode, ['Proxy', 'VIP']) : []),
    ...(hostname ? checkSubdomain(`${path}[${i}].hostname`, hostname) : []),
    ...(hostname && isIP(hostname)
      ? [invalidValue(`${path}[${i}].hostname`, hostname, 'must be a DNS name, not an IP address')]
      : []),
  ]);
}
