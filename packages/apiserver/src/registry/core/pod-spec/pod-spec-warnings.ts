import type { Container, ObjectMeta, PodSpec } from '@berth/api';
import { parseQuantity } from '@berth/api';
import type { Given } from '../given.ts';
import { nodeChoiceWarnings, podAffinityWarnings } from './placement-warnings.ts';
import { podVolumeWarnings } from './pod-volume-warnings.ts';
import { portWarnings } from './port-warnings.ts';

type Annotations = NonNullable<ObjectMeta['annotations']>;

/**
 * What is allowed and most likely a mistake, or works no longer, in upstream's words and order. `path` is that of the
 * template, empty for a pod.
 */
export function podWarnings(
  path: string,
  { annotations = {} }: Pick<ObjectMeta, 'annotations'>,
  spec: Given<PodSpec>,
): readonly string[] {
  const at = path ? `${path}.spec` : 'spec';
  const noted = path ? `${path}.metadata.annotations` : 'metadata.annotations';
  const containers = containersWithPath(at, spec);
  const seconds = spec.terminationGracePeriodSeconds ?? 0;
  return [
    ...nodeChoiceWarnings(at, spec),
    ...goneAnnotationWarnings(noted, annotations),
    ...podVolumeWarnings(`${at}.volumes`, spec.volumes ?? []),
    ...repeated(spec.hostAliases, ({ ip = '' }) => ip).map(
      ([i, ip]) => `${at}.hostAliases[${i}].ip: duplicate ip ${JSON.stringify(ip)}`,
    ),
    ...repeated(spec.imagePullSecrets, ({ name = '' }) => name).map(
      ([i, name]) => `${at}.imagePullSecrets[${i}].name: duplicate name ${JSON.stringify(name)}`,
    ),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, i) =>
      name ? [] : [`${at}.imagePullSecrets[${i}].name: invalid empty name ""`],
    ),
    ...fractionWarnings(`${at}.overhead`, spec.overhead ?? {}),
    ...(spec.securityContext?.seccompProfile
      ? []
      : seccompWarning(noted, annotations, 'seccomp.security.alpha.kubernetes.io/pod')),
    ...containers.flatMap(({ path: own, container }) => [
      ...profileWarnings(noted, annotations, container, {
        inTemplate: path !== '',
        podHasAppArmor: spec.securityContext?.appArmorProfile !== undefined,
      }),
      ...(['limits', 'requests'] as const).flatMap((kind) =>
        fractionWarnings(`${own}.resources.${kind}`, container.resources?.[kind] ?? {}),
      ),
      ...envWarnings(`${own}.env`, container.env ?? []),
    ]),
    ...portWarnings(containers),
    ...(seconds < 0
      ? [
          `${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...podAffinityWarnings(at, spec),
  ];
}

const containersWithPath = (at: string, spec: Given<PodSpec>) =>
  (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, i) => ({ path: `${at}.${list}[${i}]`, container })),
  );

/** Annotations that have no effect whatever else is said. */
const goneAnnotations: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod':
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls':
    'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls':
    'non-functional in v1.11+; use the "sysctls" field instead',
};

const goneAnnotationWarnings = (path: string, annotations: Annotations) =>
  Object.entries(goneAnnotations).flatMap(([key, problem]) =>
    annotations[key] === undefined ? [] : [`${path}[${key}]: ${problem}`],
  );

const seccompWarning = (path: string, annotations: Annotations, key: string) =>
  annotations[key] === undefined
    ? []
    : [`${path}[${key}]: non-functional in v1.27+; use the "seccompProfile" field instead`];

/** Profiles that are asked for by annotations alone. */
function profileWarnings(
  path: string,
  annotations: Annotations,
  { name = '', securityContext }: Given<Pick<Container, 'name' | 'securityContext'>>,
  {
    inTemplate,
    podHasAppArmor,
  }: { readonly inTemplate: boolean; readonly podHasAppArmor: boolean },
): readonly string[] {
  const seccomp = `container.seccomp.security.alpha.kubernetes.io/${name}`;
  const appArmor = `container.apparmor.security.beta.kubernetes.io/${name}`;
  const hasAppArmor = podHasAppArmor || securityContext?.appArmorProfile !== undefined;
  return [
    ...(securityContext?.seccompProfile ? [] : seccompWarning(path, annotations, seccomp)),
    ...(inTemplate && !hasAppArmor && annotations[appArmor] !== undefined
      ? [`${path}[${appArmor}]: deprecated since v1.30; use the "appArmorProfile" field instead`]
      : []),
  ];
}

/** The places and texts of items whose text came before. */
function repeated<T>(
  items: readonly T[] = [],
  textOf: (item: T) => string,
): readonly (readonly [number, string])[] {
  const texts = items.map(textOf);
  return texts.flatMap((text, i) => (texts.indexOf(text) < i ? [[i, text] as const] : []));
}

/** A value may build on the one that it replaces; everything else hides it. */
const envWarnings = (path: string, env: NonNullable<Given<Container>['env']>) =>
  repeated(env, ({ name = '' }) => name).flatMap(([i, name]) => {
    const { value = '', valueFrom } = env[i]!;
    const reference = `$(${name})`;
    const buildsOn = !valueFrom && value !== reference && value.includes(reference);
    return buildsOn
      ? []
      : [
          `${path}[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
        ];
  });

/** Nobody means a part of a byte: `100m` of memory was to be `100M`. */
const fractionWarnings = (path: string, list: Readonly<Record<string, string>>) =>
  ['memory', 'ephemeral-storage'].flatMap((name) => {
    const text = list[name];
    return text !== undefined && parseQuantity(text).nanos % 1_000_000_000n !== 0n
      ? [
          `${path}[${name}]: fractional byte value ${JSON.stringify(text)} is invalid, must be an integer`,
        ]
      : [];
  });
