import type {
  AppArmorProfile,
  FieldError,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from '@berth/api';
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '@berth/api';
import { checkOneOf, checkRelativePath, checkUnixId } from '../field-checks.ts';
import type { Given } from '../given.ts';

/** Who a container runs as, and what it may do. */
export function validateSecurityContext(
  path: string,
  context: Given<SecurityContext>,
  hostUsers: boolean,
): readonly FieldError[] {
  const { procMount, seccompProfile, appArmorProfile } = context;
  return [
    ...checkUnixId(`${path}.runAsUser`, context.runAsUser),
    ...checkUnixId(`${path}.runAsGroup`, context.runAsGroup),
    ...checkOneOf(`${path}.procMount`, procMount, ['Default', 'Unmasked']),
    ...(hostUsers && procMount === 'Unmasked'
      ? [
          invalidValue(
            `${path}.procMount`,
            procMount,
            '`hostUsers` must be false to use `Unmasked`',
          ),
        ]
      : []),
    ...(seccompProfile ? validateSeccomp(`${path}.seccompProfile`, seccompProfile) : []),
    ...validateEscalation(path, context),
    ...(appArmorProfile ? validateAppArmor(`${path}.appArmorProfile`, appArmorProfile) : []),
  ];
}

function validateEscalation(path: string, context: Given<SecurityContext>): readonly FieldError[] {
  if (context.allowPrivilegeEscalation !== false) return [];
  const added: readonly string[] = context.capabilities?.add ?? [];
  return [
    ...(context.privileged
      ? [
          invalidValue(
            path,
            context,
            'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
          ),
        ]
      : []),
    ...(added.includes('CAP_SYS_ADMIN')
      ? [
          invalidValue(
            path,
            context,
            'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
          ),
        ]
      : []),
  ];
}

/** What all containers of a pod share. */
export function validatePodSecurityContext(
  path: string,
  context: Given<PodSecurityContext>,
  spec: Given<PodSpec>,
): readonly FieldError[] {
  const { seccompProfile, appArmorProfile, sysctls = [] } = context;
  return [
    ...checkUnixId(`${path}.fsGroup`, context.fsGroup),
    ...checkUnixId(`${path}.runAsUser`, context.runAsUser),
    ...checkUnixId(`${path}.runAsGroup`, context.runAsGroup),
    ...(context.supplementalGroups ?? []).flatMap((group, i) =>
      checkUnixId(`${path}.supplementalGroups[${i}]`, group),
    ),
    ...(spec.shareProcessNamespace && spec.hostPID
      ? [
          invalidValue(
            `${path}.shareProcessNamespace`,
            true,
            'ShareProcessNamespace and HostPID cannot both be enabled',
          ),
        ]
      : []),
    ...validateSysctls(`${path}.sysctls`, sysctls, spec),
    ...checkOneOf(`${path}.fsGroupChangePolicy`, context.fsGroupChangePolicy, [
      'Always',
      'OnRootMismatch',
    ]),
    ...(seccompProfile ? validateSeccomp(`${path}.seccompProfile`, seccompProfile) : []),
    ...(appArmorProfile ? validateAppArmor(`${path}.appArmorProfile`, appArmorProfile) : []),
    ...checkOneOf(`${path}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, [
      'Merge',
      'Strict',
    ]),
    ...checkOneOf(`${path}.seLinuxChangePolicy`, context.seLinuxChangePolicy, [
      'MountOption',
      'Recursive',
    ]),
  ];
}

const sysctlSegment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlShape = `^(${sysctlSegment}[\\./])*${sysctlSegment}$`;
const sysctlPattern = new RegExp(sysctlShape);
const longestSysctl = 253;

function validateSysctls(
  path: string,
  sysctls: readonly Given<Sysctl>[],
  spec: Given<PodSpec>,
): readonly FieldError[] {
  return sysctls.flatMap(({ name = '' }, i) => {
    const at = `${path}[${i}].name`;
    return [
      ...checkSysctlName(at, name, sysctls.slice(0, i)),
      ...(spec.hostNetwork && name.replaceAll('/', '.').startsWith('net.')
        ? [invalidValue(at, name, "may not be specified when 'hostNetwork' is true")]
        : []),
      ...(spec.hostIPC && /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/.test(name.replaceAll('/', '.'))
        ? [invalidValue(at, name, "may not be specified when 'hostIPC' is true")]
        : []),
    ];
  });
}

function checkSysctlName(
  path: string,
  name: string,
  earlier: readonly Given<Sysctl>[],
): readonly FieldError[] {
  if (!name) return [required(path)];
  if (name.length > longestSysctl || !sysctlPattern.test(name)) {
    const why = `must have at most ${longestSysctl} characters and match regex ${sysctlShape}`;
    return [invalidValue(path, name, why)];
  }
  return earlier.some((other) => other.name === name) ? [duplicate(path, name)] : [];
}

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'] as const;

function validateSeccomp(path: string, profile: Given<SeccompProfile>): readonly FieldError[] {
  const { type = '', localhostProfile } = profile;
  const at = `${path}.localhostProfile`;
  return [
    ...checkProfileType(path, type, 'seccompProfile'),
    ...(type === 'Localhost' && localhostProfile === undefined
      ? [required(at, 'must be set when seccomp type is Localhost')]
      : []),
    ...(type === 'Localhost' && localhostProfile !== undefined
      ? checkRelativePath(at, localhostProfile)
      : []),
    ...(type !== 'Localhost' && localhostProfile !== undefined
      ? [invalidValue(at, profile, 'can only be set when seccomp type is Localhost')]
      : []),
  ];
}

function checkProfileType(path: string, type: string, of: string): readonly FieldError[] {
  if (!type) return [required(`${path}.type`, `type is required when ${of} is set`)];
  const known: readonly string[] = profileTypes;
  return known.includes(type) ? [] : [notSupported(`${path}.type`, type, profileTypes)];
}

/** The longest path the kernel takes. */
const longestProfile = 4095;

function validateAppArmor(
  path: string,
  { type = '', localhostProfile }: Given<AppArmorProfile>,
): readonly FieldError[] {
  const at = `${path}.localhostProfile`;
  if (type !== 'Localhost') {
    return [
      ...checkProfileType(path, type, 'appArmorProfile'),
      ...(localhostProfile !== undefined && type
        ? [invalidValue(at, localhostProfile, 'can only be set when AppArmor type is Localhost')]
        : []),
    ];
  }
  if (!localhostProfile) return [required(at, 'must be set when AppArmor type is Localhost')];
  return [
    ...(localhostProfile.trim() === localhostProfile
      ? []
      : [invalidValue(at, localhostProfile, 'must not be padded with whitespace')]),
    ...(localhostProfile.length > longestProfile ? [tooLong(at, longestProfile)] : []),
  ];
}

/** User namespaces do not go together with namespaces of the node. */
export const validateHostUsers = (path: string, spec: Given<PodSpec>): readonly FieldError[] =>
  spec.hostUsers === false
    ? (['hostNetwork', 'hostPID', 'hostIPC'] as const)
        .filter((key) => spec[key])
        .map((key) =>
          forbiddenField(
            // Upstream writes two of the three with a capital letter.
            `${path}.${key === 'hostNetwork' ? key : key.replace('h', 'H')}`,
            'when `pod.Spec.HostUsers` is false',
          ),
        )
    : [];
