import { formatSelector, toSelector } from '@berth/api';
import type { Deployment, Event, ReplicaSet } from '@berth/api';
import { ownReplicaSets, revisionOf } from '../rollout/progress.ts';
import { eventLines } from './events.ts';
import { annotationLines, labelLines, line, tableLines, timeText } from './lines.ts';
import type { Line } from './lines.ts';
import { describeTemplate } from './pod-template.ts';

export function describeDeployment(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
  events: readonly Event[],
  now: number,
): readonly Line[] {
  const { metadata, spec, status = {} } = deployment;
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status;
  const { unavailableReplicas = 0, conditions = [] } = status;
  const strategy = spec.strategy?.type ?? 'RollingUpdate';
  const rolling = spec.strategy?.rollingUpdate;
  return [
    line(0, 'Name:', metadata.name),
    line(0, 'Namespace:', metadata.namespace ?? ''),
    line(0, 'CreationTimestamp:', timeText(metadata.creationTimestamp)),
    ...labelLines(0, 'Labels:', metadata.labels),
    ...annotationLines(0, metadata.annotations),
    line(0, 'Selector:', formatSelector(toSelector(spec.selector) ?? [])),
    line(
      0,
      'Replicas:',
      `${spec.replicas ?? 1} desired | ${updatedReplicas} updated | ${replicas} total | ${availableReplicas} available | ${unavailableReplicas} unavailable`,
    ),
    line(0, 'StrategyType:', strategy),
    line(0, 'MinReadySeconds:', spec.minReadySeconds ?? 0),
    ...(rolling
      ? [
          line(
            0,
            'RollingUpdateStrategy:',
            `${rolling.maxUnavailable ?? '25%'} max unavailable, ${rolling.maxSurge ?? '25%'} max surge`,
          ),
        ]
      : []),
    'Pod Template:',
    ...describeTemplate(spec.template),
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
    ...revisionLines(deployment, replicaSets),
    ...eventLines(events, now),
  ];
}

/** The newest ReplicaSet, and those of earlier revisions. */
function revisionLines(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
): readonly Line[] {
  const own = ownReplicaSets(deployment, replicaSets);
  const current = own.find((replicaSet) => revisionOf(replicaSet) === revisionOf(deployment));
  const old = own.filter((replicaSet) => replicaSet !== current);
  const text = ({ metadata, spec, status }: ReplicaSet) =>
    `${metadata.name} (${status?.replicas ?? 0}/${spec.replicas ?? 1} replicas created)`;
  return [
    line(0, 'OldReplicaSets:', old.map(text).join(', ') || '<none>'),
    line(0, 'NewReplicaSet:', current ? text(current) : '<none>'),
  ];
}
