import { isIPv6 } from 'node:net';
import type { FieldError, Service, ServicePort } from '@berth/api';
import { duplicate, forbiddenField, invalidValue, required } from '@berth/api';
import {
  checkCidr,
  checkDnsLabel,
  checkIp,
  checkLabels,
  checkNeeded,
  checkOneOf,
  checkOrdinaryIp,
  checkPortNumber,
  checkPortNumberOrName,
  checkQualifiedName,
  checkSubdomain,
} from './field-checks.ts';
import { asGiven } from './given.ts';
import { protocols } from './pod-spec/ports.ts';
import { isExternal, isHeadless, needsHealthCheck } from './service-kind.ts';

type Spec = Service['spec'];

/** Every problem of a service that has its defaults, and its addresses where they are set aside already. */
export function validateService({ spec }: Service): readonly FieldError[] {
  return [
    ...(!spec.ports?.length && !isHeadless(spec) && spec.type !== 'ExternalName'
      ? [required('spec.ports')]
      : []),
    ...validateType(spec),
    ...validatePorts(spec),
    ...checkLabels('spec.selector', spec.selector ?? {}),
    ...validateAffinity(spec),
    ...validateAddresses(spec),
    ...(spec.externalIPs ?? []).flatMap((ip, i) => {
      const wrong = checkIp(`spec.externalIPs[${i}]`, ip);
      return wrong.length ? wrong : checkOrdinaryIp(`spec.externalIPs[${i}]`, ip);
    }),
    ...checkNeeded('spec.type', spec.type, [
      'ClusterIP',
      'ExternalName',
      'LoadBalancer',
      'NodePort',
    ]),
    ...validateLoadBalancer(spec),
    ...validateTrafficPolicies(spec),
  ];
}

function validateType(spec: Spec): readonly FieldError[] {
  if (spec.type === 'ExternalName') return validateExternalName(spec);
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    const why = `may not be set to 'None' for ${spec.type} services`;
    return [invalidValue('spec.clusterIPs[0]', 'None', why)];
  }
  return [];
}

function validateExternalName(spec: Spec): readonly FieldError[] {
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  const why = 'may not be set for ExternalName services';
  return [
    ...(spec.clusterIPs?.length ? [forbiddenField('spec.clusterIPs', why)] : []),
    ...(spec.ipFamilies?.length ? [forbiddenField('spec.ipFamilies', why)] : []),
    ...(spec.ipFamilyPolicy === undefined ? [] : [forbiddenField('spec.ipFamilyPolicy', why)]),
    ...(name ? checkSubdomain('spec.externalName', name) : [required('spec.externalName')]),
  ];
}

function validatePorts({ ports = [], type }: Spec): readonly FieldError[] {
  return ports.flatMap((port, i) => {
    const path = `spec.ports[${i}]`;
    const earlier = ports.slice(0, i).filter(({ protocol }) => protocol === port.protocol);
    return [
      ...validatePort(path, port, ports.length > 1, ports.slice(0, i)),
      ...(port.nodePort && type === 'ClusterIP'
        ? [forbiddenField(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'")]
        : []),
      ...(port.nodePort && earlier.some(({ nodePort }) => nodePort === port.nodePort)
        ? [duplicate(`${path}.nodePort`, port.nodePort)]
        : []),
      ...(earlier.some((other) => other.port === port.port)
        ? [duplicate(path, { protocol: port.protocol, port: port.port })]
        : []),
    ];
  });
}

function validatePort(
  path: string,
  port: ServicePort,
  needsName: boolean,
  earlier: readonly ServicePort[],
): readonly FieldError[] {
  const { name, protocol, appProtocol } = port;
  return [
    ...(needsName && !name ? [required(`${path}.name`)] : []),
    ...(name ? checkDnsLabel(`${path}.name`, name) : []),
    ...(name && earlier.some((other) => other.name === name)
      ? [duplicate(`${path}.name`, name)]
      : []),
    ...checkPortNumber(`${path}.port`, asGiven(port).port ?? 0),
    ...checkNeeded(`${path}.protocol`, protocol, protocols),
    ...checkPortNumberOrName(`${path}.targetPort`, port.targetPort ?? 0),
    ...(appProtocol === undefined ? [] : checkQualifiedName(`${path}.appProtocol`, appProtocol)),
  ];
}

/** One day, the longest that a client is kept with one pod. */
const longestAffinity = 86_400;

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: Spec): readonly FieldError[] {
  const path = 'spec.sessionAffinityConfig';
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const bounds = `must be greater than 0 and less than ${longestAffinity}`;
  return [
    ...checkNeeded('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None']),
    ...(sessionAffinity === 'ClientIP' &&
    seconds !== undefined &&
    (seconds <= 0 || seconds > longestAffinity)
      ? [invalidValue(`${path}.clientIP.timeoutSeconds`, seconds, bounds)]
      : []),
    ...(sessionAffinity === 'None' && sessionAffinityConfig
      ? [forbiddenField(path, 'must not be set when session affinity is None')]
      : []),
  ];
}

function validateAddresses(spec: Spec): readonly FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIPs = [], ipFamilies = [] } = spec;
  const wrong = clusterIPs.flatMap((ip, i) =>
    i === 0 && ip === 'None' ? [] : checkIp(`spec.clusterIPs[${i}]`, ip),
  );
  const misplaced = clusterIPs.length > 1 && clusterIPs[0] === 'None';
  return [
    ...validateFirstIp(spec),
    ...ipFamilies.flatMap((family, i) => [
      ...checkOneOf(`spec.ipFamilies[${i}]`, family, ['IPv4', 'IPv6']),
      ...(ipFamilies.indexOf(family) < i ? [duplicate(`spec.ipFamilies[${i}]`, family)] : []),
    ]),
    ...checkOneOf('spec.ipFamilyPolicy', spec.ipFamilyPolicy, [
      'PreferDualStack',
      'RequireDualStack',
      'SingleStack',
    ]),
    ...(misplaced
      ? [invalidValue('spec.clusterIPs', clusterIPs, "'None' must be the first and only value")]
      : []),
    ...wrong,
    ...(wrong.length === 0 && !misplaced ? validateFamilies(spec) : []),
  ];
}

function validateFirstIp({ clusterIP, clusterIPs = [] }: Spec): readonly FieldError[] {
  const path = 'spec.clusterIPs';
  if (!clusterIP) {
    return clusterIPs.length
      ? [invalidValue(path, clusterIPs, 'must be empty when `clusterIP` is not specified')]
      : [];
  }
  if (clusterIPs.length === 0) return [required(path)];
  return clusterIPs[0] === clusterIP
    ? []
    : [invalidValue(path, clusterIPs, 'first value must match `clusterIP`')];
}

function validateFamilies(spec: Spec): readonly FieldError[] {
  const { clusterIPs = [], ipFamilies = [] } = spec;
  const [first, second] = clusterIPs.map((ip) => isIPv6(ip));
  return [
    ...(clusterIPs.length > 2
      ? [invalidValue('spec.clusterIPs', clusterIPs, 'may only hold up to 2 values')]
      : []),
    ...(clusterIPs.length > 1 && first === second
      ? [
          invalidValue(
            'spec.clusterIPs',
            clusterIPs,
            'may specify no more than one IP for each IP family',
          ),
        ]
      : []),
    ...(isHeadless(spec)
      ? []
      : clusterIPs.flatMap((ip, i) => {
          const family = ipFamilies[i];
          if (family === undefined || (family === 'IPv6') === isIPv6(ip)) return [];
          const why = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``;
          return [invalidValue(`spec.clusterIPs[${i}]`, ip, why)];
        })),
  ];
}

const onlyBalanced = "may only be used when `type` is 'LoadBalancer'";

function validateLoadBalancer(spec: Spec): readonly FieldError[] {
  const balanced = spec.type === 'LoadBalancer';
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const path = 'spec.LoadBalancerSourceRanges';
  return [
    ...(ranges.length && !balanced ? [forbiddenField(path, onlyBalanced)] : []),
    ...ranges.flatMap((range, i) => checkCidr(`${path}[${i}]`, range.trim())),
    ...(spec.allocateLoadBalancerNodePorts !== undefined && !balanced
      ? [forbiddenField('spec.allocateLoadBalancerNodePorts', onlyBalanced)]
      : []),
    ...(spec.loadBalancerClass !== undefined && balanced
      ? checkQualifiedName('spec.loadBalancerClass', spec.loadBalancerClass)
      : []),
    ...(spec.loadBalancerClass !== undefined && !balanced
      ? [forbiddenField('spec.loadBalancerClass', onlyBalanced)]
      : []),
  ];
}

function validateTrafficPolicies(spec: Spec): readonly FieldError[] {
  const { externalTrafficPolicy, internalTrafficPolicy, healthCheckNodePort, type } = spec;
  const policies = ['Cluster', 'Local'];
  const inside = type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer';
  return [
    ...(isExternal(spec)
      ? checkNeeded('spec.externalTrafficPolicy', externalTrafficPolicy, policies)
      : []),
    ...(!isExternal(spec) && externalTrafficPolicy
      ? [
          invalidValue(
            'spec.externalTrafficPolicy',
            externalTrafficPolicy,
            'may only be set for externally-accessible services',
          ),
        ]
      : []),
    ...(healthCheckNodePort && !needsHealthCheck(spec)
      ? [
          invalidValue(
            'spec.healthCheckNodePort',
            healthCheckNodePort,
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
          ),
        ]
      : []),
    ...(healthCheckNodePort && needsHealthCheck(spec)
      ? checkPortNumber('spec.healthCheckNodePort', healthCheckNodePort)
      : []),
    ...(inside && internalTrafficPolicy === undefined
      ? [required('spec.internalTrafficPolicy')]
      : []),
    ...checkOneOf('spec.internalTrafficPolicy', internalTrafficPolicy, policies),
    ...checkOneOf('spec.trafficDistribution', spec.trafficDistribution, [
      'PreferClose',
      'PreferSameNode',
      'PreferSameZone',
    ]),
  ];
}
