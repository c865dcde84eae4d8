import type {
  Container,
  ContainerState,
  ContainerStatus,
  EnvVar,
  ResourceRequirements,
} from '@berth/api';
import { line, listed, timeText } from './lines.ts';
import type { Line } from './lines.ts';
import { probeText } from './probe-text.ts';

/** Where a list stands in a description: that of a pod, or of a template, whose items kubectl moves by one blank. */
export type Depth = 'pod' | 'template';

export const titleIndent = (depth: Depth): string => (depth === 'pod' ? '' : '  ');
export const itemIndent = (depth: Depth): string => (depth === 'pod' ? '  ' : '   ');
const detailLevel = 2;

/** The containers of a pod or of a template; only a pod has statuses. */
export function containerLines(
  title: string,
  containers: readonly Container[] | undefined,
  statuses: readonly ContainerStatus[] | undefined,
  depth: Depth,
): readonly Line[] {
  if (!containers || containers.length === 0) return [];
  return [
    titleIndent(depth) + line(0, `${title}:`),
    ...containers.flatMap((container) => {
      const status = statuses?.find(({ name }) => name === container.name);
      return [
        itemIndent(depth) + line(0, `${container.name}:`),
        ...oneContainer(container, status, detailLevel),
      ];
    }),
  ];
}

function oneContainer(
  container: Container,
  status: ContainerStatus | undefined,
  level: number,
): readonly Line[] {
  const { image, command, args, ports = [] } = container;
  const suffix = ports.length > 1 ? 's' : '';
  const hostPorts = ports.map(({ hostPort = 0, protocol = 'TCP', name }) =>
    portText(hostPort, protocol, name),
  );
  const own = ports.map(({ containerPort, protocol = 'TCP', name }) =>
    portText(containerPort, protocol, name),
  );
  return [
    ...(status ? [line(level, 'Container ID:', status.containerID ?? '')] : []),
    line(level, 'Image:', image ?? ''),
    ...(status ? [line(level, 'Image ID:', status.imageID)] : []),
    line(level, `Port${suffix}:`, own.join(', ') || '<none>'),
    line(level, `Host Port${suffix}:`, hostPorts.join(', ') || '<none>'),
    ...wordLines('Command:', command, level),
    ...wordLines('Args:', args, level),
    ...(status ? statusLines(status, level) : []),
    ...resourceLines(container.resources, level),
    ...probeLines(container, level),
    ...environmentLines(container, level),
    ...mountLines(container, level),
  ];
}

const portText = (port: number, protocol: string, name: string | undefined) =>
  `${port}/${protocol}${name ? ` (${name})` : ''}`;

const wordLines = (title: string, words: readonly string[] | undefined, level: number) =>
  words && words.length > 0
    ? [line(level, title), ...words.map((word) => line(level + 1, word))]
    : [];

function statusLines(status: ContainerStatus, level: number): readonly Line[] {
  const { state, lastState, ready, restartCount } = status;
  return [
    ...stateLines('State', state, level),
    ...(lastState?.terminated ? stateLines('Last State', lastState, level) : []),
    line(level, 'Ready:', ready ? 'True' : 'False'),
    line(level, 'Restart Count:', restartCount),
  ];
}

function stateLines(
  title: string,
  state: ContainerState | undefined,
  level: number,
): readonly Line[] {
  if (state?.running) {
    return [
      line(level, `${title}:`, 'Running'),
      line(level + 1, 'Started:', timeText(state.running.startedAt)),
    ];
  }
  if (state?.terminated) {
    const { reason, message, exitCode, signal, startedAt, finishedAt } = state.terminated;
    return [
      line(level, `${title}:`, 'Terminated'),
      ...(reason ? [line(level + 1, 'Reason:', reason)] : []),
      ...(message ? [line(level + 1, 'Message:', message)] : []),
      line(level + 1, 'Exit Code:', exitCode),
      ...(signal ? [line(level + 1, 'Signal:', signal)] : []),
      line(level + 1, 'Started:', timeText(startedAt)),
      line(level + 1, 'Finished:', timeText(finishedAt)),
    ];
  }
  const reason = state?.waiting?.reason;
  return [
    line(level, `${title}:`, 'Waiting'),
    ...(reason ? [line(level + 1, 'Reason:', reason)] : []),
  ];
}

function resourceLines(
  resources: ResourceRequirements | undefined,
  level: number,
): readonly Line[] {
  const part = (title: string, amounts: Readonly<Record<string, unknown>> | undefined) => {
    const entries = Object.entries(amounts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    if (entries.length === 0) return [];
    return [
      line(level, title),
      ...entries.map(([name, amount]) => line(level + 1, `${name}:`, amount)),
    ];
  };
  return [...part('Limits:', resources?.limits), ...part('Requests:', resources?.requests)];
}

function probeLines(
  { livenessProbe, readinessProbe, startupProbe }: Container,
  level: number,
): readonly Line[] {
  return [
    ...(livenessProbe ? [line(level, 'Liveness:', probeText(livenessProbe))] : []),
    ...(readinessProbe ? [line(level, 'Readiness:', probeText(readinessProbe))] : []),
    ...(startupProbe ? [line(level, 'Startup:', probeText(startupProbe))] : []),
  ];
}

function environmentLines({ env = [], envFrom = [] }: Container, level: number): readonly Line[] {
  const from = envFrom.map(({ prefix, configMapRef, secretRef }) => {
    const [name, kind, optional] = configMapRef
      ? [configMapRef.name, 'ConfigMap', configMapRef.optional]
      : [secretRef?.name, 'Secret', secretRef?.optional];
    const with_ = prefix ? ` with prefix '${prefix}'` : '';
    return line(level + 1, name ?? '', `${kind}${with_}`, `Optional: ${optional ?? false}`);
  });
  return [
    ...(from.length > 0 ? [line(level, 'Environment Variables from:'), ...from] : []),
    ...(env.length > 0
      ? [line(level, 'Environment:'), ...env.map((one) => variableLine(one, level + 1))]
      : [line(level, 'Environment:', '<none>')]),
  ];
}

function variableLine({ name, value, valueFrom }: EnvVar, level: number): Line {
  if (!valueFrom) return line(level, `${name}:`, value ?? '');
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef)
    return line(level, `${name}:`, ` (${fieldRef.apiVersion ?? 'v1'}:${fieldRef.fieldPath})`);
  if (resourceFieldRef) {
    const { resource, containerName } = resourceFieldRef;
    return line(level, `${name}:`, `${containerName ?? 'node allocatable'} (${resource})`);
  }
  const [ref, kind] = secretKeyRef ? [secretKeyRef, 'secret'] : [configMapKeyRef, 'config map'];
  const text = `<set to the key '${ref?.key ?? ''}' in ${kind} '${ref?.name ?? ''}'>`;
  return line(level, `${name}:`, text, `Optional: ${ref?.optional ?? false}`);
}

function mountLines({ volumeMounts = [] }: Container, level: number): readonly Line[] {
  if (volumeMounts.length === 0) return listed(level, 'Mounts:', []);
  const texts = volumeMounts.map(({ mountPath, name, readOnly, subPath }) => {
    const flags = [readOnly ? 'ro' : 'rw', ...(subPath ? [`path="${subPath}"`] : [])];
    return `${mountPath} from ${name} (${flags.join(',')})`;
  });
  return [line(level, 'Mounts:'), ...texts.sort().map((text) => line(level + 1, text))];
}
