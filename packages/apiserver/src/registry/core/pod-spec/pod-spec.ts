import type { Container, FieldError, PodResourceClaim, PodSpec } from '@berth/api';
import {
  duplicate,
  forbiddenField,
  inRange,
  invalidEach,
  invalidValue,
  required,
} from '@berth/api';
import {
  checkDnsLabel,
  checkLabels,
  checkNeeded,
  checkOneOf,
  checkQualifiedName,
  checkSubdomain,
} from '../field-checks.ts';
import type { Given } from '../given.ts';
import { validateAffinity } from './affinity.ts';
import {
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers,
} from './containers.ts';
import { validateDns, validateHostAliases } from './pod-dns.ts';
import { validateContainerResources, validatePodResources } from './resources.ts';
import { validateSchedulingGates, validateSchedulingGroup } from './scheduling.ts';
import { validateHostUsers, validatePodSecurityContext } from './security-context.ts';
import { validateTolerations } from './tolerations.ts';
import { validateTopologySpread } from './topology-spread.ts';
import { soundVolumes, validateVolumes } from './volumes.ts';

type Spec = Given<PodSpec>;

/** Whether the spec is that of a pod, which is stricter than a template in a few places. */
export interface PodSpecOwner {
  readonly inPod: boolean;
  /** Empty in templates. */
  readonly podName: string;
}

/** Every problem of a pod spec, in the order in which upstream looks for them. */
export function validatePodSpec(
  path: string,
  spec: Spec,
  owner: PodSpecOwner,
): readonly FieldError[] {
  const volumes = spec.volumes ?? [];
  const around = { spec, volumes: soundVolumes(volumes, owner) };
  return [
    ...(spec.terminationGracePeriodSeconds === undefined
      ? [required(`${path}.terminationGracePeriodSeconds`)]
      : []),
    ...validateVolumes(`${path}.volumes`, volumes, owner),
    ...validateResourceClaims(`${path}.resourceClaims`, spec.resourceClaims ?? []),
    ...validateContainers(`${path}.containers`, spec.containers ?? [], around),
    ...validateInitContainers(`${path}.initContainers`, spec.initContainers ?? [], around),
    ...validateEphemeralContainers(`${path}.ephemeralContainers`, around),
    ...(spec.resources ? validatePodResources(`${path}.resources`, spec.resources, spec) : []),
    ...(spec.hostNetwork
      ? validateHostNetworkPorts(`${path}.containers`, spec.containers ?? [], owner.inPod)
      : []),
    ...checkNeeded(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...validateDns(path, spec),
    ...checkLabels(`${path}.nodeSelector`, spec.nodeSelector ?? {}),
    ...validatePodSecurityContext(`${path}.securityContext`, spec.securityContext ?? {}, spec),
    ...(spec.affinity ? validateAffinity(`${path}.affinity`, spec.affinity) : []),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType = '' }, i) =>
      checkQualifiedName(`${path}.readinessGates[${i}].conditionType`, conditionType),
    ),
    ...validateSchedulingGates(`${path}.schedulingGates`, spec.schedulingGates ?? []),
    ...(spec.schedulingGroup
      ? validateSchedulingGroup(`${path}.schedulingGroup`, spec.schedulingGroup)
      : []),
    ...validateTopologySpread(
      `${path}.topologySpreadConstraints`,
      spec.topologySpreadConstraints ?? [],
    ),
    ...validateHostUsers(path, spec),
    ...validateNames(path, spec),
    ...validateDeadline(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds),
    ...validateHostNames(path, spec),
    ...validateTolerations(`${path}.tolerations`, spec.tolerations ?? []),
    ...validateHostAliases(`${path}.hostAliases`, spec.hostAliases ?? []),
    ...checkOneOf(`${path}.preemptionPolicy`, spec.preemptionPolicy, [
      'PreemptLowerPriority',
      'Never',
    ]),
    ...(spec.overhead
      ? validateContainerResources(`${path}.overhead`, { limits: spec.overhead }, spec)
      : []),
    ...(spec.os ? validateOs(`${path}.os`, spec.os.name ?? '') : []),
  ];
}

function validateResourceClaims(
  path: string,
  claims: readonly Given<PodResourceClaim>[],
): readonly FieldError[] {
  return claims.flatMap((claim, i) => {
    const { name, resourceClaimName, resourceClaimTemplateName } = claim;
    const repeated = claims.slice(0, i).some((other) => other.name === name);
    return [
      ...checkClaimName(`${path}[${i}].name`, name, repeated),
      ...(resourceClaimName !== undefined && resourceClaimTemplateName !== undefined
        ? [
            invalidValue(
              `${path}[${i}]`,
              claim,
              'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
            ),
          ]
        : []),
      ...(resourceClaimName === undefined && resourceClaimTemplateName === undefined
        ? [
            invalidValue(
              `${path}[${i}]`,
              claim,
              'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
            ),
          ]
        : []),
    ];
  });
}

function checkClaimName(
  path: string,
  name: string | undefined,
  repeated: boolean,
): readonly FieldError[] {
  if (!name) return [required(path)];
  return repeated ? [duplicate(path, name)] : checkDnsLabel(path, name);
}

/** On the node's own network a port of the container is that port of the node. */
const validateHostNetworkPorts = (
  path: string,
  containers: readonly Given<Container>[],
  inPod: boolean,
): readonly FieldError[] =>
  containers.flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ hostPort = 0, containerPort = 0 }, j) =>
      (inPod || hostPort !== 0) && hostPort !== containerPort
        ? [
            invalidValue(
              `${path}[${i}].ports[${j}].hostPort`,
              hostPort,
              'must match `containerPort` when `hostNetwork` is true',
            ),
          ]
        : [],
    ),
  );

/** Fields that name other objects. */
const nameFields = [
  'serviceAccountName',
  'nodeName',
  'priorityClassName',
  'runtimeClassName',
] as const;

const validateNames = (path: string, spec: Spec): readonly FieldError[] =>
  nameFields.flatMap((field) => {
    const name = spec[field];
    return name ? checkSubdomain(`${path}.${field}`, name) : [];
  });

const longestDeadline = 2 ** 31 - 1;

const validateDeadline = (path: string, seconds: number | undefined): readonly FieldError[] =>
  seconds === undefined ? [] : invalidEach(path, seconds, inRange(seconds, 1, longestDeadline));

/** The longest host name that Linux takes. */
const longestHostName = 64;

function validateHostNames(path: string, spec: Spec): readonly FieldError[] {
  const { hostname, subdomain, hostnameOverride } = spec;
  const override = `${path}.hostnameOverride`;
  return [
    ...(hostname ? checkDnsLabel(`${path}.hostname`, hostname) : []),
    ...(subdomain ? checkDnsLabel(`${path}.subdomain`, subdomain) : []),
    ...(hostnameOverride ? checkSubdomain(override, hostnameOverride) : []),
    ...(hostnameOverride && hostnameOverride.length > longestHostName
      ? [
          invalidValue(
            override,
            hostnameOverride,
            `must be no more than ${longestHostName} characters`,
          ),
        ]
      : []),
    ...(hostnameOverride && spec.setHostnameAsFQDN
      ? [forbiddenField(override, 'may not be set when setHostnameAsFQDN is true')]
      : []),
    ...(hostnameOverride && spec.hostNetwork
      ? [forbiddenField(override, 'may not be set when hostNetwork is true')]
      : []),
  ];
}

function validateOs(path: string, name: string): readonly FieldError[] {
  if (!name) return [required(`${path}.name`, 'cannot be empty')];
  return checkOneOf(path, name, ['linux', 'windows']);
}
