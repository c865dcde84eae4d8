import type { Container, ObjectMeta, PodSpec } from '@berth/api';

/** A pod, or the template of one. */
export interface PodLike {
  readonly metadata: Partial<ObjectMeta>;
  readonly spec: PodSpec;
}

/** What a check has against a pod: in short, and in detail. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export type CheckPod = (pod: PodLike) => Violation | undefined;

export type SecurityContext = NonNullable<Container['securityContext']>;

/** What of a container the checks look at; containers for debugging have it, too. */
export type AnyContainer = Pick<
  Container,
  | 'name'
  | 'image'
  | 'ports'
  | 'securityContext'
  | 'livenessProbe'
  | 'readinessProbe'
  | 'startupProbe'
  | 'lifecycle'
>;

export const containersOf = ({
  initContainers = [],
  containers,
  ephemeralContainers = [],
}: PodSpec): readonly AnyContainer[] => [...initContainers, ...containers, ...ephemeralContainers];

export const namesOf = (containers: readonly AnyContainer[]): readonly string[] =>
  containers.map(({ name }) => name);

/** `container "a"`, `containers "a", "b"`. */
export const someContainers = (names: readonly string[]): string =>
  `${plural(names, 'container')} ${quoted(names)}`;

/** `pod and containers "a", "b"`: who has set something, of those who have. */
export const setters = (pod: boolean, names: readonly string[]): string =>
  [...(pod ? ['pod'] : []), ...(names.length > 0 ? [someContainers(names)] : [])].join(' and ');

export const plural = (of: readonly unknown[], one: string, many = `${one}s`): string =>
  of.length === 1 ? one : many;

export const quoted = (names: readonly string[]): string =>
  names.map((name) => `"${name}"`).join(', ');

export const unique = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();
