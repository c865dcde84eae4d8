import type { Event, HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '@berth/api';
import { eventLines } from './events.ts';
import { annotationLines, labelLines, line, tableLines, timeText } from './lines.ts';
import type { Line } from './lines.ts';

export function describeHorizontalPodAutoscaler(
  { metadata, spec, status }: HorizontalPodAutoscaler,
  events: readonly Event[],
  now: number,
): readonly Line[] {
  const { scaleTargetRef, minReplicas, maxReplicas, metrics = [] } = spec;
  const conditions = status?.conditions ?? [];
  return [
    line(0, 'Name:', metadata.name),
    line(0, 'Namespace:', metadata.namespace ?? ''),
    ...labelLines(0, 'Labels:', metadata.labels),
    ...annotationLines(0, metadata.annotations),
    line(0, 'CreationTimestamp:', timeText(metadata.creationTimestamp)),
    line(0, 'Reference:', `${scaleTargetRef.kind}/${scaleTargetRef.name}`),
    line(0, 'Metrics:', '( current / target )'),
    ...metrics.map((metric, i) => {
      const [what, target] = targetText(metric);
      return line(1, what, `${currentText(metric, status?.currentMetrics?.[i])} / ${target}`);
    }),
    line(0, 'Min replicas:', minReplicas ?? '<unset>'),
    line(0, 'Max replicas:', maxReplicas),
    ...behaviorLines(spec.behavior),
    line(
      0,
      `${scaleTargetRef.kind} pods:`,
      `${status?.currentReplicas ?? 0} current / ${status?.desiredReplicas ?? 0} desired`,
    ),
    ...(conditions.length > 0
      ? [
          'Conditions:',
          ...tableLines(
            1,
            ['Type', 'Status', 'Reason', 'Message'],
            conditions.map(({ type, status, reason, message }) => [
              type,
              status,
              reason ?? '',
              message ?? '',
            ]),
          ),
        ]
      : []),
    ...eventLines(events, now),
  ];
}

function targetText({ type, resource, containerResource, pods, object, external }: MetricSpec) {
  const source = resource ?? containerResource;
  if (source) {
    const { averageUtilization, averageValue } = source.target;
    const of = containerResource ? ` of container "${containerResource.container}"` : '';
    return averageUtilization === undefined
      ? ([`resource ${source.name} on pods${of}:`, averageValue ?? '<unset>'] as const)
      : ([
          `resource ${source.name}${of} on pods  (as a percentage of request):`,
          `${averageUtilization}%`,
        ] as const);
  }
  const named = pods ?? object ?? external;
  const { averageValue, value } = named?.target ?? {};
  return [`"${named?.metric.name ?? type}":`, averageValue ?? value ?? '<unset>'] as const;
}

function currentText(spec: MetricSpec, current: MetricStatus | undefined): string {
  const found =
    current?.resource ??
    current?.containerResource ??
    current?.pods ??
    current?.object ??
    current?.external;
  const { averageUtilization, averageValue, value } = found?.current ?? {};
  const wanted = spec.resource?.target ?? spec.containerResource?.target;
  if (wanted?.averageUtilization === undefined) return averageValue ?? value ?? '<unknown>';
  return averageUtilization === undefined
    ? '<unknown>'
    : `${averageUtilization}% (${averageValue ?? '<unknown>'})`;
}

function behaviorLines(behavior: HorizontalPodAutoscaler['spec']['behavior']): readonly Line[] {
  if (!behavior) return [];
  const direction = (title: string, rules: typeof behavior.scaleUp) =>
    rules
      ? [
          line(1, title),
          line(2, `Stabilization Window: ${rules.stabilizationWindowSeconds ?? 0} seconds`),
          line(2, `Select Policy: ${rules.selectPolicy ?? 'Max'}`),
          line(2, 'Policies:'),
          ...(rules.policies ?? []).map(({ type, value, periodSeconds }) =>
            line(3, `- Type: ${type}`, `Value: ${value}`, `Period: ${periodSeconds} seconds`),
          ),
        ]
      : [];
  return [
    'Behavior:',
    ...direction('Scale Up:', behavior.scaleUp),
    ...direction('Scale Down:', behavior.scaleDown),
  ];
}
