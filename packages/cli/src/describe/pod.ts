import type { Event, Pod, PodStatus } from '@berth/api';
import { controllerOf } from '@berth/api';
import { containerLines } from './containers.ts';
import { eventLines } from './events.ts';
import { annotationLines, labelLines, line, timeText } from './lines.ts';
import type { Line } from './lines.ts';
import { placementLines } from './pod-template.ts';
import { volumeLines } from './volumes.ts';

export function describePod(pod: Pod, events: readonly Event[], now: number): readonly Line[] {
  const { metadata, spec, status } = pod;
  const controller = controllerOf(pod);
  return [
    line(0, 'Name:', metadata.name),
    line(0, 'Namespace:', metadata.namespace ?? ''),
    line(0, 'Priority:', spec.priority ?? 0),
    ...(spec.priorityClassName ? [line(0, 'Priority Class Name:', spec.priorityClassName)] : []),
    ...(spec.runtimeClassName ? [line(0, 'Runtime Class Name:', spec.runtimeClassName)] : []),
    ...(spec.serviceAccountName ? [line(0, 'Service Account:', spec.serviceAccountName)] : []),
    line(0, 'Node:', spec.nodeName ? `${spec.nodeName}/${status?.hostIP ?? ''}` : '<none>'),
    ...(status?.startTime ? [line(0, 'Start Time:', timeText(status.startTime))] : []),
    ...labelLines(0, 'Labels:', metadata.labels),
    ...annotationLines(0, metadata.annotations),
    ...stateLines(pod, now),
    ...addressLines(status),
    ...(controller ? [line(0, 'Controlled By:', `${controller.kind}/${controller.name}`)] : []),
    ...containerLines('Init Containers', spec.initContainers, status?.initContainerStatuses, 'pod'),
    ...containerLines('Containers', spec.containers, status?.containerStatuses ?? [], 'pod'),
    ...conditionLines(status),
    ...volumeLines(spec.volumes, 'pod'),
    line(0, 'QoS Class:', status?.qosClass ?? ''),
    ...placementLines(spec, 0),
    ...eventLines(events, now),
  ];
}

function stateLines({ metadata, status }: Pod, now: number): readonly Line[] {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  const since = deletionTimestamp ? Math.max(0, now - Date.parse(deletionTimestamp)) : 0;
  const state = deletionTimestamp
    ? [
        line(0, 'Status:', `Terminating (lasts ${Math.floor(since / 1000)}s)`),
        line(0, 'Termination Grace Period:', `${deletionGracePeriodSeconds ?? 0}s`),
      ]
    : [line(0, 'Status:', status?.phase ?? '')];
  return [
    ...state,
    ...(status?.reason ? [line(0, 'Reason:', status.reason)] : []),
    ...(status?.message ? [line(0, 'Message:', status.message)] : []),
  ];
}

function addressLines(status: PodStatus | undefined): readonly Line[] {
  const ips = status?.podIPs ?? [];
  return [
    line(0, 'IP:', status?.podIP ?? ''),
    ...(ips.length > 0
      ? [line(0, 'IPs:'), ...ips.map(({ ip }) => line(1, 'IP:', ip))]
      : [line(0, 'IPs:', '<none>')]),
  ];
}

function conditionLines(status: PodStatus | undefined): readonly Line[] {
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return [];
  return [
    line(0, 'Conditions:'),
    line(1, 'Type', 'Status'),
    ...conditions.map(({ type, status }) => line(1, `${type} `, `${status} `)),
  ];
}
