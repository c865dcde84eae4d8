import type { MetricSpec, MetricStatus } from '@berth/api';

/**
 * How version 1 writes metrics into annotations: flat, and each quantity under a name of its own. Each row is an old
 * path and the new one for the same value.
 */
type Row = readonly [old: string, now: string];

const specRows: Readonly<Record<string, readonly Row[]>> = {
  resource: [
    ['name', 'name'],
    ['targetAverageUtilization', 'target.averageUtilization'],
    ['targetAverageValue', 'target.averageValue'],
  ],
  containerResource: [
    ['name', 'name'],
    ['container', 'container'],
    ['targetAverageUtilization', 'target.averageUtilization'],
    ['targetAverageValue', 'target.averageValue'],
  ],
  pods: [
    ['metricName', 'metric.name'],
    ['selector', 'metric.selector'],
    ['targetAverageValue', 'target.averageValue'],
  ],
  object: [
    ['target', 'describedObject'],
    ['metricName', 'metric.name'],
    ['selector', 'metric.selector'],
    ['targetValue', 'target.value'],
    ['averageValue', 'target.averageValue'],
  ],
  external: [
    ['metricName', 'metric.name'],
    ['metricSelector', 'metric.selector'],
    ['targetValue', 'target.value'],
    ['targetAverageValue', 'target.averageValue'],
  ],
};

const statusRows: Readonly<Record<string, readonly Row[]>> = {
  resource: [
    ['name', 'name'],
    ['currentAverageUtilization', 'current.averageUtilization'],
    ['currentAverageValue', 'current.averageValue'],
  ],
  containerResource: [
    ['name', 'name'],
    ['container', 'container'],
    ['currentAverageUtilization', 'current.averageUtilization'],
    ['currentAverageValue', 'current.averageValue'],
  ],
  pods: [
    ['metricName', 'metric.name'],
    ['selector', 'metric.selector'],
    ['currentAverageValue', 'current.averageValue'],
  ],
  object: [
    ['target', 'describedObject'],
    ['metricName', 'metric.name'],
    ['selector', 'metric.selector'],
    ['currentValue', 'current.value'],
    ['averageValue', 'current.averageValue'],
  ],
  external: [
    ['metricName', 'metric.name'],
    ['metricSelector', 'metric.selector'],
    ['currentValue', 'current.value'],
    ['currentAverageValue', 'current.averageValue'],
  ],
};

export const toOldSpec = (metric: MetricSpec): object =>
  mapSources(metric, (kind, source) => flatten(specRows[kind] ?? [], source));

export const toOldStatus = (metric: MetricStatus): object =>
  mapSources(metric, (kind, source) => flatten(statusRows[kind] ?? [], source));

export const fromOldSpec = (old: object): MetricSpec =>
  mapSources(old, (kind, source) => {
    const nested = nest(specRows[kind] ?? [], source);
    return { ...nested, target: { type: targetType(nested['target'] ?? {}), ...nested['target'] } };
  }) as MetricSpec;

export const fromOldStatus = (old: object): MetricStatus =>
  mapSources(old, (kind, source) => {
    const nested = nest(statusRows[kind] ?? [], source);
    return { ...nested, current: nested['current'] ?? {} };
  }) as MetricStatus;

/** The old form does not say what sort a target is: its fields do. */
function targetType(target: object): string {
  if ('averageUtilization' in target) return 'Utilization';
  return 'averageValue' in target ? 'AverageValue' : 'Value';
}

function mapSources(metric: object, change: (kind: string, source: object) => object): object {
  return Object.fromEntries(
    Object.entries(metric).map(([key, value]: [string, unknown]) => [
      key,
      typeof value === 'object' && value !== null ? change(key, value) : value,
    ]),
  );
}

const fieldOf = (object: object, key: string): unknown =>
  Object.hasOwn(object, key) ? (object as Readonly<Record<string, unknown>>)[key] : undefined;

const flatten = (rows: readonly Row[], source: object): object =>
  Object.fromEntries(
    rows
      .map(([old, now]) => [old, readPath(source, now)] as const)
      .filter(([, value]) => value !== undefined),
  );

function readPath(source: object, path: string): unknown {
  const [outer = '', inner] = path.split('.');
  const value = fieldOf(source, outer);
  if (inner === undefined || typeof value !== 'object' || value === null) {
    return inner === undefined ? value : undefined;
  }
  return fieldOf(value, inner);
}

function nest(rows: readonly Row[], old: object): Readonly<Record<string, object>> {
  const nested: Record<string, Record<string, unknown> | undefined> = {};
  const flat: Record<string, unknown> = {};
  for (const [from, to] of rows) {
    const value = fieldOf(old, from);
    if (value === undefined) continue;
    const [outer = '', inner] = to.split('.');
    if (inner === undefined) flat[outer] = value;
    else nested[outer] = { ...nested[outer], [inner]: value };
  }
  return { ...flat, ...nested } as Readonly<Record<string, object>>;
}
