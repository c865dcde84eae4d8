import { asNumber, parseQuantity } from '@berth/api';
import type { Container, Pod, ResourceFieldSelector } from '@berth/api';

import { findContainer } from './pod-spec.ts';
import { configError } from './start-error.ts';

/** What the spec alone does not say about a pod. */
export interface PodFacts {
  readonly pod: Pod;
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  /** What a container without limits may use. */
  readonly allocatable: Readonly<Record<string, string>>;
}

const entries = (map: Readonly<Record<string, string>> = {}) =>
  Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');

/** Whether a container wants to know, in its environment, what address its pod got. */
export const refersToPodIps = ({ env = [] }: Container): boolean =>
  env.some(({ valueFrom }) => /^status\.podIPs?$/.test(valueFrom?.fieldRef?.fieldPath ?? ''));

/** The value of a downward API field, as env variables and files show it. */
export function fieldValue({ pod, podIps, hostIps }: PodFacts, path: string): string {
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['([^']*)'\]$/.exec(path);
  if (keyed) return metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid;
    case 'metadata.labels':
      return entries(metadata.labels);
    case 'metadata.annotations':
      return entries(metadata.annotations);
    case 'spec.nodeName':
      return spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? '';
    case 'status.podIP':
      return podIps[0] ?? '';
    case 'status.podIPs':
      return podIps.join(',');
    case 'status.hostIP':
      return hostIps[0] ?? '';
    case 'status.hostIPs':
      return hostIps.join(',');
    default:
      throw configError(`unsupported fieldPath: ${path}`);
  }
}

/** A request or limit in units of the divisor, rounded up; a missing limit is what the node has. */
export function resourceValue(
  { pod, allocatable }: PodFacts,
  { containerName, resource, divisor }: ResourceFieldSelector,
  ownName = '',
): string {
  const name = containerName ?? ownName;
  const container = findContainer(pod, name)?.container;
  if (!container) throw configError(`container ${name} not found`);
  const match = /^(limits|requests)\.(.+)$/.exec(resource);
  if (!match) throw configError(`unsupported container resource : ${resource}`);
  const [, list = '', key = ''] = match;
  const { limits, requests } = container.resources ?? {};
  const limit = limits?.[key] ?? allocatable[key] ?? '0';
  const quantity = list === 'limits' ? limit : (requests?.[key] ?? limits?.[key] ?? '0');
  const unit = asNumber(parseQuantity(divisor ?? '1')) || 1;
  return String(Math.ceil(asNumber(parseQuantity(quantity)) / unit));
}
