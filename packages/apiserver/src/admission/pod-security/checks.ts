import {
  appArmorProfile,
  capabilitiesBaseline,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  laterSeLinuxOptions,
  privileged,
  procMount,
  seccompAnnotations,
  seccompProfile,
  seLinuxOptions,
  sysctls,
  sysctlsSince127,
  sysctlsSince129,
  sysctlsSince132,
  unlessOwnUsers,
  windowsHostProcess,
} from './baseline.ts';
import type { LevelVersion } from './policy.ts';
import {
  allowPrivilegeEscalation,
  capabilitiesRestricted,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompRestricted,
  unlessWindows,
} from './restricted.ts';
import type { CheckPod, PodLike, Violation } from './visit.ts';

/** One check: since which minor version of Kubernetes it is what. */
interface Check {
  readonly since: readonly (readonly [minor: number, check: CheckPod])[];
  /** Which minor version of the restricted level says the same and more. */
  readonly replacedSince?: number;
}

const baseline: readonly Check[] = [
  { since: [[0, appArmorProfile]] },
  { since: [[0, capabilitiesBaseline]], replacedSince: 22 },
  { since: [[0, hostNamespaces]] },
  { since: [[0, hostPathVolumes]], replacedSince: 0 },
  { since: [[0, hostPorts]] },
  { since: [[34, hostProbes]] },
  { since: [[0, privileged]] },
  {
    since: [
      [0, procMount],
      [35, unlessOwnUsers(procMount)],
    ],
    replacedSince: 35,
  },
  {
    since: [
      [0, seLinuxOptions],
      [31, laterSeLinuxOptions],
    ],
  },
  {
    since: [
      [0, seccompAnnotations],
      [19, seccompProfile],
    ],
    replacedSince: 19,
  },
  {
    since: [
      [0, sysctls],
      [27, sysctlsSince127],
      [29, sysctlsSince129],
      [32, sysctlsSince132],
    ],
  },
  { since: [[0, windowsHostProcess]] },
];

const restricted: readonly Check[] = [
  {
    since: [
      [8, allowPrivilegeEscalation],
      [25, unlessWindows(allowPrivilegeEscalation)],
    ],
  },
  {
    since: [
      [22, capabilitiesRestricted],
      [25, unlessWindows(capabilitiesRestricted)],
    ],
  },
  { since: [[35, procMount]] },
  { since: [[0, restrictedVolumes]] },
  {
    since: [
      [0, runAsNonRoot],
      [35, unlessOwnUsers(runAsNonRoot)],
    ],
  },
  {
    since: [
      [23, runAsUser],
      [35, unlessOwnUsers(runAsUser)],
    ],
  },
  {
    since: [
      [19, seccompRestricted],
      [25, unlessWindows(seccompRestricted)],
    ],
  },
];

/** Everything that a level, as of a version, has against a pod, in upstream's order. */
export function violationsOf({ level, minor }: LevelVersion, pod: PodLike): readonly Violation[] {
  if (level === 'privileged') return [];
  const isRestricted = level === 'restricted';
  const base = baseline.filter(
    ({ replacedSince = Infinity }) => !isRestricted || minor < replacedSince,
  );
  return [...base, ...(isRestricted ? restricted : [])].flatMap(
    ({ since }) => since.findLast(([from]) => from <= minor)?.[1](pod) ?? [],
  );
}

/** `privileged, host namespaces`. */
export const reasonsOf = (violations: readonly Violation[]): string =>
  violations.map(({ reason }) => reason).join(', ');

/** `privileged (container "a" must not …), host namespaces (hostPID)`. */
export const detailsOf = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => `${reason} (${detail})`).join(', ');
