import { seccompProfile, isKnownSeccomp } from './baseline.ts';
import { containersOf, namesOf, plural, quoted, setters, someContainers, unique } from './visit.ts';
import type { AnyContainer, CheckPod, Violation } from './visit.ts';

const violation = (reason: string, detail: string): Violation => ({ reason, detail });

export const allowPrivilegeEscalation: CheckPod = ({ spec }) => {
  const bad = containersOf(spec).filter(
    ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
  );
  return bad.length > 0
    ? violation(
        'allowPrivilegeEscalation != false',
        `${someContainers(namesOf(bad))} must set securityContext.allowPrivilegeEscalation=false`,
      )
    : undefined;
};

export const capabilitiesRestricted: CheckPod = ({ spec }) => {
  const added = ({ securityContext }: AnyContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  const keeping = containersOf(spec).filter(
    ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'),
  );
  const adding = containersOf(spec).filter((container) => added(container).length > 0);
  const details = [
    ...(keeping.length > 0
      ? [`${someContainers(namesOf(keeping))} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(adding.length > 0
      ? [
          `${someContainers(namesOf(adding))} must not include ${quoted(unique(adding.flatMap(added)))} in securityContext.capabilities.add`,
        ]
      : []),
  ];
  return details.length > 0
    ? violation('unrestricted capabilities', details.join('; '))
    : undefined;
};

export const runAsNonRoot: CheckPod = ({ spec }) => {
  const own = spec.securityContext?.runAsNonRoot;
  const said = ({ securityContext }: AnyContainer) => securityContext?.runAsNonRoot;
  const root = namesOf(containersOf(spec).filter((container) => said(container) === false));
  const reason = 'runAsNonRoot != true';
  if (own === false || root.length > 0)
    return violation(
      reason,
      `${setters(own === false, root)} must not set securityContext.runAsNonRoot=false`,
    );
  const silent = namesOf(containersOf(spec).filter((one) => said(one) === undefined));
  return own !== true && silent.length > 0
    ? violation(
        reason,
        `pod or ${someContainers(silent)} must set securityContext.runAsNonRoot=true`,
      )
    : undefined;
};

export const runAsUser: CheckPod = ({ spec }) => {
  const inPod = spec.securityContext?.runAsUser === 0;
  const bad = namesOf(
    containersOf(spec).filter(({ securityContext }) => securityContext?.runAsUser === 0),
  );
  return inPod || bad.length > 0
    ? violation('runAsUser=0', `${setters(inPod, bad)} must not set runAsUser=0`)
    : undefined;
};

const coreVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
] as const;

export const restrictedVolumes: CheckPod = ({ spec: { volumes = [] } }) => {
  const bad = volumes.filter((volume) => !coreVolumes.some((kind) => volume[kind]));
  if (bad.length === 0) return undefined;
  const names = bad.map(({ name }) => name);
  const kinds = unique(bad.map(kindOf));
  return violation(
    'restricted volume types',
    `${plural(names, 'volume')} ${quoted(names)} ${plural(names, 'uses', 'use')} ${plural(kinds, 'restricted volume type')} ${quoted(kinds)}`,
  );
};

/** What kind of volume it is: its one field besides the name. */
const kindOf = (volume: object): string =>
  Object.keys(volume).find((key) => key !== 'name' && key !== 'image') ?? 'unknown';

/** What only Linux has is not asked of pods that say they are for Windows. */
export const unlessWindows =
  (check: CheckPod): CheckPod =>
  (pod) =>
    pod.spec.os?.name === 'windows' ? undefined : check(pod);

/** Nobody may have a profile that is not known, and everybody must have one. */
export const seccompRestricted: CheckPod = (pod) => {
  const wrong = seccompProfile(pod);
  if (wrong) return wrong;
  const { spec } = pod;
  if (isKnownSeccomp(spec.securityContext?.seccompProfile?.type)) return undefined;
  const silent = containersOf(spec).filter(
    ({ securityContext }) => securityContext?.seccompProfile === undefined,
  );
  return silent.length > 0
    ? violation(
        'seccompProfile',
        `pod or ${someContainers(namesOf(silent))} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
      )
    : undefined;
};
