import type { Container, FieldError, PodSpec } from '@berth/api';
import { duplicate, forbiddenField, valueNotFound, required } from '@berth/api';
import { checkDnsLabel, checkNeeded } from '../field-checks.ts';
import type { Given } from '../given.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import { validateContainerPorts, validateHostPorts } from './ports.ts';
import { validateLifecycle, validateProbes } from './probes.ts';
import { validateResizePolicy } from './resize-policy.ts';
import { validateContainerResources } from './resources.ts';
import { validateRestartRules } from './restart-rules.ts';
import { validateSecurityContext } from './security-context.ts';
import { validateVolumeDevices, validateVolumeMounts } from './volume-mounts.ts';
import type { NamedVolumes } from './volumes.ts';

/** What the containers of one pod share. */
export interface ContainerSurroundings {
  readonly spec: Given<PodSpec>;
  readonly volumes: NamedVolumes;
}

type GivenContainer = Given<Container>;

/** The containers that make up the pod. */
export function validateContainers(
  path: string,
  containers: readonly GivenContainer[],
  around: ContainerSurroundings,
): readonly FieldError[] {
  if (containers.length === 0) return [required(path)];
  return [
    ...containers.flatMap((container, i) => [
      ...validateContainer(`${path}[${i}]`, container, around),
      ...uniqueName(`${path}[${i}]`, container, containers.slice(0, i)),
      ...validateRunning(`${path}[${i}]`, container, around.spec),
    ]),
    ...validateHostPorts(path, containers),
  ];
}

/** Containers that run before the others, and the sidecars among them. */
export function validateInitContainers(
  path: string,
  containers: readonly GivenContainer[],
  around: ContainerSurroundings,
): readonly FieldError[] {
  const main = around.spec.containers ?? [];
  return containers.flatMap((container, i) => [
    ...validateContainer(`${path}[${i}]`, container, around),
    ...uniqueName(`${path}[${i}]`, container, [...main, ...containers.slice(0, i)]),
    ...validateHostPorts(path, [container]),
    ...(container.restartPolicy === 'Always'
      ? validateRunning(`${path}[${i}]`, container, around.spec)
      : refuseRunning(`${path}[${i}]`, container)),
  ]);
}

/** Containers added for debugging: they come late, and nothing may rely on them. */
export function validateEphemeralContainers(
  path: string,
  around: ContainerSurroundings,
): readonly FieldError[] {
  const { ephemeralContainers = [], containers = [], initContainers = [] } = around.spec;
  const others = [...containers, ...initContainers];
  return ephemeralContainers.flatMap((container, i) => {
    const at = `${path}[${i}]`;
    const target = container.targetContainerName;
    return [
      ...validateContainer(at, container, around),
      ...uniqueName(at, container, [...others, ...ephemeralContainers.slice(0, i)]),
      ...(target && !others.some(({ name }) => name === target)
        ? [valueNotFound(`${at}.targetContainerName`, target)]
        : []),
      ...notForEphemeral
        .filter((key) => isSet(container[key]))
        .map((key) => forbiddenField(`${at}.${key}`, 'cannot be set for an Ephemeral Container')),
      ...(container.volumeMounts ?? []).flatMap((mount, j) =>
        (['subPath', 'subPathExpr'] as const)
          .filter((key) => mount[key])
          .map((key) =>
            forbiddenField(
              `${at}.volumeMounts[${j}].${key}`,
              'cannot be set for an Ephemeral Container',
            ),
          ),
      ),
    ];
  });
}

const notForEphemeral = [
  'ports',
  'resources',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
  'restartPolicy',
] as const;

/** Defaults leave empty objects behind that nobody set. */
const isSet = (value: object | string | undefined) =>
  typeof value === 'object' ? Object.keys(value).length > 0 : Boolean(value);

const uniqueName = (
  path: string,
  { name }: GivenContainer,
  earlier: readonly { readonly name?: string }[],
): readonly FieldError[] =>
  name && earlier.some((other) => other.name === name) ? [duplicate(`${path}.name`, name)] : [];

function validateContainer(
  path: string,
  container: GivenContainer,
  { spec, volumes }: ContainerSurroundings,
): readonly FieldError[] {
  const { name, volumeMounts = [], volumeDevices = [] } = container;
  return [
    ...(name ? checkDnsLabel(`${path}.name`, name) : [required(`${path}.name`)]),
    ...(container.image ? [] : [required(`${path}.image`)]),
    ...checkNeeded(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, [
      'FallbackToLogsOnError',
      'File',
    ]),
    ...validateContainerPorts(`${path}.ports`, container.ports ?? []),
    ...validateEnv(`${path}.env`, container.env ?? []),
    ...validateEnvFrom(`${path}.envFrom`, container.envFrom ?? []),
    ...validateVolumeMounts(`${path}.volumeMounts`, container, volumes),
    ...validateVolumeDevices(`${path}.volumeDevices`, volumeDevices, volumeMounts, volumes),
    ...checkNeeded(`${path}.imagePullPolicy`, container.imagePullPolicy, [
      'Always',
      'IfNotPresent',
      'Never',
    ]),
    ...validateContainerResources(`${path}.resources`, container.resources ?? {}, spec),
    ...validateResizePolicy(`${path}.resizePolicy`, container.resizePolicy ?? [], spec),
    ...validateRestartRules(path, container),
    ...validateSecurityContext(
      `${path}.securityContext`,
      container.securityContext ?? {},
      spec.hostUsers !== false,
    ),
  ];
}

const validateRunning = (path: string, container: GivenContainer, spec: Given<PodSpec>) => [
  ...validateLifecycle(`${path}.lifecycle`, container.lifecycle ?? {}, spec),
  ...validateProbes(path, container),
];

const refuseRunning = (path: string, container: GivenContainer): readonly FieldError[] =>
  (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    .filter((key) => container[key])
    .map((key) =>
      forbiddenField(
        `${path}.${key}`,
        'may not be set for init containers without restartPolicy=Always',
      ),
    );
