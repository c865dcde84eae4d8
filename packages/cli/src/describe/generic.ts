import type { Event, KubeObject } from '@berth/api';
import { apiVersionOf } from '@berth/api';
import type { Resource } from '../resources.ts';
import { eventLines } from './events.ts';
import { annotationLines, labelLines, line, timeText } from './lines.ts';
import type { Line } from './lines.ts';

/** How deep fields are told apart; what lies deeper is printed as JSON. */
const maxDepth = 20;

/** Any object: its fields under names that people read. */
export function describeAny(
  resource: Resource,
  object: KubeObject,
  events: readonly Event[],
  now: number,
): readonly Line[] {
  const { metadata, apiVersion, kind, ...rest } = object;
  return [
    line(0, 'Name:', metadata.name),
    ...(metadata.namespace ? [line(0, 'Namespace:', metadata.namespace)] : []),
    ...labelLines(0, 'Labels:', metadata.labels),
    ...annotationLines(0, metadata.annotations),
    line(0, 'API Version:', apiVersion ?? apiVersionOf(resource)),
    line(0, 'Kind:', kind ?? resource.kind),
    line(0, 'Created:', timeText(metadata.creationTimestamp)),
    ...(resource.resource === 'secrets' ? secretLines(rest) : fieldLines(rest, 0)),
    ...eventLines(events, now),
  ];
}

/** How much there is, never what. */
function secretLines(fields: Readonly<Record<string, unknown>>): readonly Line[] {
  const data = Object.entries((fields['data'] ?? {}) as Readonly<Record<string, string>>);
  return [
    line(0, 'Type:', fields['type']),
    'Data:',
    ...data.map(([name, value]) =>
      line(1, `${name}:`, `${Buffer.byteLength(value, 'base64')} bytes`),
    ),
  ];
}

function fieldLines(fields: Readonly<Record<string, unknown>>, level: number): readonly Line[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => valueLines(`${titleOf(name)}:`, value, level));
}

function valueLines(title: string, value: unknown, level: number): readonly Line[] {
  if (typeof value !== 'object' || value === null || level > maxDepth) {
    return typeof value === 'string' && value.includes('\n')
      ? [line(level, title), ...value.split('\n').map((text) => line(level + 1, text))]
      : [line(level, title, value)];
  }
  if (!Array.isArray(value)) {
    const inner = fieldLines(value as Readonly<Record<string, unknown>>, level + 1);
    return inner.length > 0 ? [line(level, title), ...inner] : [line(level, title, '<none>')];
  }
  return [
    line(level, title),
    ...value.flatMap((item: unknown) =>
      typeof item === 'object' && item !== null
        ? fieldLines(item as Readonly<Record<string, unknown>>, level + 1)
        : [line(level + 1, item)],
    ),
  ];
}

/** `observedGeneration` is read as `Observed Generation`; what is no such name stays as it is. */
const titleOf = (name: string) =>
  /^[a-z][A-Za-z0-9]*$/.test(name)
    ? name.charAt(0).toUpperCase() + name.slice(1).replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    : name;
