import { badRequest } from '@berth/api';

/** A resource as it is named in API paths: plural and group, '' for core. */
export interface StoredResource {
  readonly group: string;
  readonly resource: string;
}

export interface StoredObject extends StoredResource {
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly name: string;
}

const root = '/registry/';

/** Built-in groups whose resources lie directly under the root; the rest lie under their group, as custom ones do. */
const flatGroups: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'extensions',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
]);

/** Resources that kept the names of their first days, by `resource.group`. */
const oldNames: Readonly<Record<string, string>> = {
  'endpoints.': 'services/endpoints',
  'ingresses.extensions': 'ingress',
  'ingresses.networking.k8s.io': 'ingress',
  'nodes.': 'minions',
  'replicationcontrollers.': 'controllers',
  'services.': 'services/specs',
};

/** The prefix of all objects of a resource, or of those in one namespace, as kube-apiserver lays them out. */
export function prefixOf({ group, resource }: StoredResource, namespace?: string): string {
  const segments = [directoryOf(group, resource), ...namespaceSegment(namespace)];
  return `${root}${segments.join('/')}/`;
}

/** The key of one object, as kube-apiserver lays it out. Throws a BadRequest when a part cannot be a path segment. */
export function keyOfObject({ namespace, name, ...resource }: StoredObject): string {
  return `${prefixOf(resource, namespace)}${checkSegment('Name', name)}`;
}

/** The key of a bitmap of allocated addresses or ports: `serviceips`, `servicenodeports`. */
export const keyOfRange = (name: string): string => `${root}ranges/${checkSegment('Name', name)}`;

function directoryOf(group: string, resource: string): string {
  const name = checkSegment('Resource', resource);
  if (!flatGroups.has(group)) return `${checkSegment('Group', group)}/${name}`;
  return oldNames[`${resource}.${group}`] ?? name.toLowerCase();
}

const namespaceSegment = (namespace: string | undefined): readonly string[] =>
  namespace === undefined ? [] : [checkSegment('Namespace', namespace)];

/** One segment stays one segment: whatever a client sends cannot reach another resource's keys. */
function checkSegment(what: string, segment: string): string {
  const problem = problemOf(segment);
  if (segment === '') throw badRequest(`${what} parameter required.`);
  if (problem)
    throw badRequest(`${what} parameter invalid: ${JSON.stringify(segment)}: ${problem}`);
  return segment;
}

/** Nearly all names. */
const isPlain = /^[\w-][\w.:-]*$/;

function problemOf(segment: string): string | undefined {
  if (isPlain.test(segment)) return undefined;
  if (segment === '.' || segment === '..') return `may not be '${segment}'`;
  for (const part of ['/', '%', '\0']) {
    const shown = part === '\0' ? '\\x00' : part;
    if (segment.includes(part)) return `may not contain '${shown}'`;
  }
  // Half a surrogate pair has no UTF-8 form: two such names would be one key.
  return /\p{Surrogate}/u.test(segment) ? 'must be valid UTF-8' : undefined;
}
