import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '@berth/api';

/** Longer lists of metrics are cut in tables. */
const mostShown = 2;
const unknown = '<unknown>';

/** What is measured against what is wanted, for every metric: `cpu: 12%/50%, 3/10 (avg)`. */
export function formatTargets({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const shown = metrics
    .slice(0, mostShown)
    .map((metric, i) => formatMetric(metric, status?.currentMetrics?.[i]))
    .join(', ');
  return metrics.length > mostShown ? `${shown} + ${metrics.length - mostShown} more...` : shown;
}

function formatMetric(metric: MetricSpec, status: MetricStatus | undefined): string {
  const { resource, containerResource, pods, object, external } = metric;
  switch (metric.type) {
    case 'Resource':
      return formatResource(resource?.name, resource?.target, status?.resource?.current);
    case 'ContainerResource':
      return formatResource(
        containerResource?.name,
        containerResource?.target,
        status?.containerResource?.current,
      );
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? unknown}/${pods?.target.averageValue ?? ''}`;
    case 'Object':
      return formatValue(object?.target, status?.object?.current);
    case 'External':
      return formatValue(external?.target, status?.external?.current);
    default:
      return '<unknown type>';
  }
}

function formatResource(
  name = '',
  target: MetricTarget | undefined,
  current: MetricValueStatus | undefined,
): string {
  if (target?.averageValue !== undefined) {
    return `${name}: ${current?.averageValue ?? unknown}/${target.averageValue}`;
  }
  const used = current?.averageUtilization;
  const wanted = target?.averageUtilization;
  return `${name}: ${used === undefined ? unknown : `${used}%`}/${wanted === undefined ? '<auto>' : `${wanted}%`}`;
}

const formatValue = (
  target: MetricTarget | undefined,
  current: MetricValueStatus | undefined,
): string =>
  target?.averageValue === undefined
    ? `${current?.value ?? unknown}/${target?.value ?? ''}`
    : `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`;
