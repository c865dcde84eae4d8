import type {
  Container,
  Pod,
  PodAffinityTerm,
  ResourceQuota,
  ScopedResourceSelectorRequirement,
} from '../gen/types.ts';
import type { KubeObject } from '../object.ts';
import type { ResourceType } from '../scheme.ts';

/** Whether an object is one of those that a quota's scopes leave to it. Quotas with scopes are about pods. */
export function isInScopes(
  { spec: { scopes = [], scopeSelector } }: Pick<ResourceQuota, 'spec'>,
  { group, resource }: Pick<ResourceType, 'group' | 'resource'>,
  object: KubeObject,
): boolean {
  const wanted = [
    ...scopes.map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(scopeSelector?.matchExpressions ?? []),
  ];
  if (wanted.length === 0) return true;
  if (group !== '' || resource !== 'pods') return false;
  return wanted.every((scope) => isPodInScope(object as Pod, scope));
}

function isPodInScope({ spec }: Pod, scope: ScopedResourceSelectorRequirement): boolean {
  switch (scope.scopeName) {
    case 'Terminating':
      return spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return spec.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return isBestEffort(spec);
    case 'NotBestEffort':
      return !isBestEffort(spec);
    case 'PriorityClass':
      return hasClass(spec.priorityClassName ?? '', scope);
    case 'CrossNamespacePodAffinity':
      return affinityTerms(spec).some(
        ({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector,
      );
    default:
      return false;
  }
}

function isBestEffort({ containers, initContainers = [], resources }: Pod['spec']): boolean {
  const asks = (one: Container['resources']) =>
    [one?.requests, one?.limits].some((list) =>
      ['cpu', 'memory'].some(
        (name) => list !== undefined && Object.hasOwn(list, name) && list[name] !== '0',
      ),
    );
  return ![resources, ...[...containers, ...initContainers].map((one) => one.resources)].some(asks);
}

function hasClass(
  name: string,
  { operator, values = [] }: Pick<ScopedResourceSelectorRequirement, 'operator' | 'values'>,
): boolean {
  switch (operator) {
    case 'In':
      return values.includes(name);
    case 'NotIn':
      return !values.includes(name);
    case 'DoesNotExist':
      return name === '';
    default:
      return name !== '';
  }
}

function affinityTerms({ affinity }: Pod['spec']): readonly PodAffinityTerm[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((one) => [
    ...(one?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(one?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm }) => podAffinityTerm,
    ),
  ]);
}
