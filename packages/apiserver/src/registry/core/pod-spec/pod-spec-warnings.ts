import type { Container, NodeSelectorTerm, ObjectMeta, PodSpec } from '@berth/api';
import { parseQuantity } from '@berth/api';
import type { Given } from '../given.ts';

/** What is allowed and most likely a mistake, or works no longer. `path` is that of the metadata's and spec's owner. */
export function podWarnings(
  path: string,
  metadata: Pick<ObjectMeta, 'annotations'>,
  spec: PodSpec,
): readonly string[] {
  const under = (field: string) => (path ? `${path}.${field}` : field);
  return [
    ...nodeSelectorWarnings(under('spec.nodeSelector'), spec.nodeSelector ?? {}),
    ...annotationWarnings(under('metadata.annotations'), metadata.annotations ?? {}),
    ...(spec.volumes ?? []).flatMap((volume, i) =>
      Object.entries(goneVolumes)
        .filter(([kind]) => kind in volume)
        .map(([kind, since]) => `${under('spec.volumes')}[${i}].${kind}: ${since}`),
    ),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, i) =>
      name ? [] : [`${under('spec.imagePullSecrets')}[${i}].name: invalid empty name ""`],
    ),
    ...(spec.initContainers ?? []).flatMap((container, i) =>
      containerWarnings(`${under('spec.initContainers')}[${i}]`, container),
    ),
    ...spec.containers.flatMap((container, i) =>
      containerWarnings(`${under('spec.containers')}[${i}]`, container),
    ),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [
          `${under('spec.terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
  ];
}

/** Labels of nodes that were renamed long ago. */
const renamedLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const nodeSelectorWarnings = (path: string, selector: Readonly<Record<string, string>>) =>
  Object.keys(selector).flatMap((key) =>
    Object.hasOwn(renamedLabels, key) ? [`${path}[${key}]: ${renamedLabels[key]}`] : [],
  );

/** The same labels in the terms of an affinity. */
export const nodeTermWarnings = (
  path: string,
  { matchExpressions = [] }: Given<NodeSelectorTerm>,
): readonly string[] =>
  matchExpressions.flatMap(({ key = '' }, i) =>
    Object.hasOwn(renamedLabels, key)
      ? [`${path}.matchExpressions[${i}].key: ${key} is ${renamedLabels[key]}`]
      : [],
  );

/** Kinds of volumes that no node can mount any longer. */
export const goneVolumes: Readonly<Record<string, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

const oldAnnotations: readonly (readonly [prefix: string, problem: string])[] = [
  [
    'scheduler.alpha.kubernetes.io/critical-pod',
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  ],
  [
    'seccomp.security.alpha.kubernetes.io/pod',
    'non-functional in v1.27+; use the "seccompProfile" field instead',
  ],
  [
    'container.seccomp.security.alpha.kubernetes.io/',
    'non-functional in v1.27+; use the "seccompProfile" field instead',
  ],
  [
    'container.apparmor.security.beta.kubernetes.io/',
    'deprecated since v1.30; use the "appArmorProfile" field instead',
  ],
];

const annotationWarnings = (path: string, annotations: Readonly<Record<string, string>>) =>
  Object.keys(annotations).flatMap((key) =>
    oldAnnotations
      .filter(([prefix]) => (prefix.endsWith('/') ? key.startsWith(prefix) : key === prefix))
      .map(([, problem]) => `${path}[${key}]: ${problem}`),
  );

const containerWarnings = (path: string, container: Container): readonly string[] => [
  ...(['limits', 'requests'] as const).flatMap((kind) =>
    fractionWarnings(`${path}.resources.${kind}`, container.resources?.[kind] ?? {}),
  ),
  ...portWarnings(`${path}.ports`, container.ports ?? []),
  ...(container.env ?? []).flatMap(({ name }, i, all) =>
    all.slice(0, i).some((other) => other.name === name)
      ? [
          `${path}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
        ]
      : [],
  ),
];

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

const portWarnings = (path: string, ports: NonNullable<Container['ports']>) =>
  ports.flatMap(({ containerPort, protocol, hostPort, hostIP }, i) => {
    const twin = ports
      .slice(0, i)
      .findIndex(
        (other) =>
          other.containerPort === containerPort &&
          other.protocol === protocol &&
          other.hostPort === hostPort &&
          other.hostIP === hostIP,
      );
    return twin < 0 ? [] : [`${path}[${i}]: duplicate port definition with ${path}[${twin}]`];
  });
