import { controllerOf, formatSelector, isControlledBy, toSelector } from '@berth/api';
import type { Event, Pod, ReplicaSet } from '@berth/api';
import { eventLines } from './events.ts';
import { annotationLines, labelLines, line, tableLines } from './lines.ts';
import type { Line } from './lines.ts';
import { describeTemplate } from './pod-template.ts';

export function describeReplicaSet(
  replicaSet: ReplicaSet,
  pods: readonly Pod[],
  events: readonly Event[],
  now: number,
): readonly Line[] {
  const { metadata, spec, status } = replicaSet;
  const controller = controllerOf(replicaSet);
  const conditions = status?.conditions ?? [];
  const own = pods.filter((pod) => isControlledBy(pod, replicaSet));
  const count = (phase: string) => own.filter((pod) => pod.status?.phase === phase).length;
  return [
    line(0, 'Name:', metadata.name),
    line(0, 'Namespace:', metadata.namespace ?? ''),
    line(0, 'Selector:', formatSelector(toSelector(spec.selector) ?? [])),
    ...labelLines(0, 'Labels:', metadata.labels),
    ...annotationLines(0, metadata.annotations),
    ...(controller ? [line(0, 'Controlled By:', `${controller.kind}/${controller.name}`)] : []),
    line(0, 'Replicas:', `${status?.replicas ?? 0} current / ${spec.replicas ?? 1} desired`),
    line(
      0,
      'Pods Status:',
      `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`,
    ),
    'Pod Template:',
    ...describeTemplate(spec.template ?? {}),
    ...(conditions.length > 0
      ? [
          'Conditions:',
          ...tableLines(
            1,
            ['Type', 'Status', 'Reason'],
            conditions.map(({ type, status, reason }) => [type, status, reason ?? '']),
          ),
        ]
      : []),
    ...eventLines(events, now),
  ];
}
