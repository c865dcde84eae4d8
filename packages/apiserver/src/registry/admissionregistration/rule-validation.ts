import type { FieldError, NamedRuleWithOperations, RuleWithOperations } from '@berth/api';
import { at, duplicate, invalidValue, notSupported, required } from '@berth/api';
import { checkOneOf, checkPathSegment } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];

/** Which requests a rule speaks of. */
export const checkRule = (
  path: string,
  { operations = [], ...rule }: Given<RuleWithOperations>,
): readonly FieldError[] => [
  ...(operations.length ? [] : [required(at(path, 'operations'))]),
  ...checkWildcard(at(path, 'operations'), operations, 'operations'),
  ...operations.flatMap((operation, i) => checkOperation(at(path, 'operations', i), operation)),
  ...checkWhat(path, rule),
];

const checkOperation = (path: string, operation: string): readonly FieldError[] =>
  operations.includes(operation) ? [] : [notSupported(path, operation, operations)];

/** A rule that may be narrowed to objects by name. */
export function checkNamedRule(
  path: string,
  { resourceNames = [], ...rule }: Given<NamedRuleWithOperations>,
): readonly FieldError[] {
  return [
    ...resourceNames.flatMap((name, i) => [
      ...checkPathSegment(at(path, 'resourceNames', i), name),
      ...(resourceNames.indexOf(name) < i ? [duplicate(at(path, 'resourceNames', i), name)] : []),
    ]),
    ...checkRule(path, rule),
  ];
}

const checkWhat = (
  path: string,
  { apiGroups = [], apiVersions = [], resources = [], scope }: Given<RuleWithOperations>,
): readonly FieldError[] => [
  ...(apiGroups.length ? [] : [required(at(path, 'apiGroups'))]),
  ...checkWildcard(at(path, 'apiGroups'), apiGroups, 'API groups'),
  ...(apiVersions.length ? [] : [required(at(path, 'apiVersions'))]),
  ...checkWildcard(at(path, 'apiVersions'), apiVersions, 'API versions'),
  ...apiVersions.flatMap((version, i) => (version ? [] : [required(at(path, 'apiVersions', i))])),
  ...checkResources(at(path, 'resources'), resources),
  ...checkOneOf(at(path, 'scope'), scope, ['*', 'Cluster', 'Namespaced']),
];

const checkWildcard = (
  path: string,
  values: readonly string[],
  what: string,
): readonly FieldError[] =>
  values.length > 1 && values.includes('*')
    ? [invalidValue(path, values, `if '*' is present, must not specify other ${what}`)]
    : [];

/** `pods`, `pods/status`, `pods/*`, `*\/scale`, `*`, `*\/*`: none may say what another says already. */
function checkResources(path: string, resources: readonly string[]): readonly FieldError[] {
  if (resources.length === 0) return [required(path)];
  // Upstream looks at the last resource that has no subresource.
  const lastPlain = resources.filter((resource) => resource && !resource.includes('/')).at(-1);
  const saysPlain = lastPlain !== undefined && lastPlain !== '*';
  return [
    ...resources.flatMap((resource, i) =>
      resource
        ? checkNotCovered(at(path, i), resource, resources.slice(0, i))
        : [required(at(path, i))],
    ),
    ...(resources.length > 1 && resources.includes('*/*')
      ? [invalidValue(path, resources, "if '*/*' is present, must not specify other resources")]
      : []),
    ...(resources.includes('*') && saysPlain
      ? [
          invalidValue(
            path,
            resources,
            "if '*' is present, must not specify other resources without subresources",
          ),
        ]
      : []),
  ];
}

function checkNotCovered(
  path: string,
  resource: string,
  before: readonly string[],
): readonly FieldError[] {
  const slash = resource.indexOf('/');
  if (slash < 0) return [];
  const wide = [`${resource.slice(0, slash)}/*`, `*/${resource.slice(slash + 1)}`];
  return wide
    .filter((pattern) => before.includes(pattern))
    .map((pattern) =>
      invalidValue(path, resource, `if '${pattern}' is present, must not specify ${resource}`),
    );
}
