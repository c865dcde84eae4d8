import {
  dnsLabel,
  forbiddenField,
  invalidValue,
  isDeepEqual,
  notSupported,
  required,
} from '@berth/api';
import type {
  FieldError,
  FlowSchema,
  FlowcontrolV1Subject,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  ServiceAccountSubject,
} from '@berth/api';
import { mandatorySchemas } from '../../flow-control/objects.ts';
import { checkDnsLabel, checkSubdomain } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import { checkConditionTypes } from './condition-types.ts';

const highestPrecedence = 10_000;
const verbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'proxy',
  'update',
  'watch',
];

export function validateSchema(schema: FlowSchema): readonly FieldError[] {
  const { name } = schema.metadata;
  const { spec = {} } = asGiven(schema);
  const { priorityLevelConfiguration, distinguisherMethod, rules = [] } = spec;
  const level = priorityLevelConfiguration?.name;
  const levelPath = 'spec.priorityLevelConfiguration.name';
  const method = distinguisherMethod?.type ?? '';
  const methods = ['ByNamespace', 'ByUser'];
  const fixed = mandatorySchemas.find((mandatory) => mandatory.name === name)?.spec;
  return [
    ...checkPrecedence(name, spec.matchingPrecedence ?? 0),
    ...(distinguisherMethod && !methods.includes(method)
      ? [notSupported('spec.distinguisherMethod.type', method, methods)]
      : []),
    ...(level
      ? checkSubdomain(levelPath, level)
      : [required(levelPath, 'must reference a priority level')]),
    ...rules.flatMap((rule, i) => checkRule(`spec.rules[${i}]`, rule)),
    ...(fixed && !isDeepEqual(spec, fixed)
      ? [invalidValue('spec', spec, `spec of '${name}' must equal the fixed value`)]
      : []),
    ...checkConditionTypes(schema.status?.conditions),
  ];
}

function checkPrecedence(name: string, value: number): readonly FieldError[] {
  const refuse = (why: string) => [invalidValue('spec.matchingPrecedence', value, why)];
  if (value <= 0) return refuse('must be a positive value');
  if (value > highestPrecedence) return refuse(`must not be greater than ${highestPrecedence}`);
  return value === 1 && name !== 'exempt'
    ? refuse("only the schema named 'exempt' may have matchingPrecedence 1")
    : [];
}

function checkRule(path: string, rule: Given<PolicyRulesWithSubjects>): readonly FieldError[] {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
  return [
    ...(subjects.length === 0
      ? [required(`${path}.subjects`, 'subjects must contain at least one value')]
      : []),
    ...subjects.flatMap((subject, i) => checkSubject(`${path}.subjects[${i}]`, subject)),
    ...(resourceRules.length + nonResourceRules.length === 0
      ? [required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty')]
      : []),
    ...resourceRules.flatMap((r, i) => checkResourceRule(`${path}.resourceRules[${i}]`, r)),
    ...nonResourceRules.flatMap((r, i) => checkPathRule(`${path}.nonResourceRules[${i}]`, r)),
  ];
}

const kinds = { group: 'Group', serviceAccount: 'ServiceAccount', user: 'User' } as const;
type Part = keyof typeof kinds;
const parts = ['group', 'serviceAccount', 'user'] as const;

function checkSubject(path: string, subject: Given<FlowcontrolV1Subject>): readonly FieldError[] {
  const { kind = '' } = subject;
  const own = parts.find((part) => kinds[part] === kind);
  if (!own) return [notSupported(`${path}.kind`, kind, Object.values(kinds))];
  const foreign = (part: Part) =>
    forbiddenField(
      `${path}.${part}`,
      `${part} is forbidden when subject kind is not '${kinds[part]}'`,
    );
  const value = subject[own];
  return [
    ...(value
      ? [
          ...(value.name ? [] : [required(`${path}.${own}.name`)]),
          ...(own === 'serviceAccount' ? checkAccount(`${path}.${own}`, value) : []),
        ]
      : [required(`${path}.${own}`, `${own} is required when subject kind is '${kind}'`)]),
    ...parts.filter((part) => part !== own && subject[part]).map(foreign),
  ];
}

const checkAccount = (
  path: string,
  { name, namespace }: Given<ServiceAccountSubject>,
): readonly FieldError[] => [
  ...(name && name !== '*' ? checkSubdomain(`${path}.name`, name) : []),
  ...(namespace
    ? checkDnsLabel(`${path}.namespace`, namespace)
    : [required(`${path}.namespace`, 'must specify namespace for service account')]),
];

/** At least one value, and nothing beside a star. */
function checkList(
  path: string,
  values: readonly string[],
  missing: string,
  others: string,
): readonly FieldError[] {
  if (values.length === 0) return [required(path, missing)];
  return values.includes('*') && values.length > 1
    ? [invalidValue(path, values, `if '*' is present, must not specify other ${others}`)]
    : [];
}

const checkVerbs = (path: string, given: readonly string[]): readonly FieldError[] => [
  ...checkList(path, given, 'verbs must contain at least one value', 'verbs'),
  ...(!given.includes('*') && given.some((verb) => !verbs.includes(verb))
    ? [notSupported(path, given, verbs)]
    : []),
];

function checkResourceRule(path: string, rule: Given<ResourcePolicyRule>): readonly FieldError[] {
  const { apiGroups = [], resources = [], namespaces = [], clusterScope = false } = rule;
  const supply = (what: string) => `resource rules must supply at least one ${what}`;
  return [
    ...checkVerbs(`${path}.verbs`, rule.verbs ?? []),
    ...checkList(`${path}.apiGroups`, apiGroups, supply('api group'), 'api groups'),
    ...checkList(`${path}.resources`, resources, supply('resource'), 'resources'),
    ...(clusterScope && namespaces.length === 0
      ? []
      : checkList(
          `${path}.namespaces`,
          namespaces,
          'resource rules that are not cluster scoped must supply at least one namespace',
          'namespaces',
        )),
    ...(namespaces.includes('*')
      ? []
      : namespaces.flatMap((namespace, i) =>
          checkNamespace(`${path}.namespaces[${i}]`, namespace),
        )),
  ];
}

const checkNamespace = (path: string, namespace: string): readonly FieldError[] =>
  dnsLabel(namespace).map((problem) =>
    invalidValue(
      path,
      namespace,
      `each member of this list must be '*' or a DNS-1123 label; ${problem}`,
    ),
  );

function checkPathRule(path: string, rule: Given<NonResourcePolicyRule>): readonly FieldError[] {
  const { nonResourceURLs = [] } = rule;
  return [
    ...checkVerbs(`${path}.verbs`, rule.verbs ?? []),
    ...checkList(
      `${path}.nonResourceURLs`,
      nonResourceURLs,
      'nonResourceURLs must contain at least one value',
      'non-resource URLs',
    ),
    ...(nonResourceURLs.includes('*')
      ? []
      : nonResourceURLs.flatMap((url, i) => {
          const problem = problemOfPath(url);
          return problem ? [invalidValue(`${path}.nonResourceURLs[${i}]`, url, problem)] : [];
        })),
  ];
}

function problemOfPath(url: string): string | undefined {
  if (!url) return 'must not be empty';
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const stars = url.split('*').length - 1;
  return stars > 1 || (stars === 1 && !url.endsWith('/*'))
    ? 'wildcard can only do suffix matching'
    : undefined;
}
