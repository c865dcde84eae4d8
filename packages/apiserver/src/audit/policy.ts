import { at, dnsSubdomain, invalidValue, notSupported, parseYaml, required } from '@berth/api';
import type { FieldError } from '@berth/api';

export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type Level = (typeof levels)[number];

export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type Stage = (typeof stages)[number];

export interface GroupResources {
  readonly group?: string;
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface AuditRule {
  readonly level: Level;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly GroupResources[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly Stage[];
  readonly omitManagedFields?: boolean;
}

/** What is recorded of requests: the first rule that fits one counts, and what fits none is not recorded. */
export interface AuditPolicy {
  readonly rules: readonly AuditRule[];
  readonly omitStages: readonly Stage[];
  readonly omitManagedFields: boolean;
}

interface Given extends Partial<AuditPolicy> {
  readonly apiVersion?: string;
  readonly kind?: string;
}

const apiVersion = 'audit.k8s.io/v1';

/** What a file of kind `Policy` asks for. Throws an `Error` that names every problem of the file. */
export function parseAuditPolicy(text: string): AuditPolicy {
  const given = (parseYaml(text).value ?? {}) as Given;
  if (given.kind !== 'Policy' || given.apiVersion !== apiVersion)
    throw new Error(`the audit policy is not an ${apiVersion} Policy`);
  const { rules = [], omitStages = [], omitManagedFields = false } = given;
  const problems = [
    ...unknownStages('omitStages', omitStages),
    ...rules.flatMap((rule, index) => ruleProblems(at('rules', index), rule)),
  ];
  if (problems.length > 0)
    throw new Error(
      `the audit policy is invalid: ${problems.map(({ field, detail }) => `${field}: ${detail}`).join(', ')}`,
    );
  if (rules.length === 0) throw new Error('the audit policy has no rules');
  return { rules, omitStages, omitManagedFields };
}

function ruleProblems(path: string, rule: AuditRule): readonly FieldError[] {
  const { level, nonResourceURLs = [], resources = [], namespaces = [], omitStages = [] } = rule;
  const isMixed = nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0);
  return [
    ...levelProblems(at(path, 'level'), level),
    ...nonResourceURLs.flatMap((url, i) => urlProblems(at(path, 'nonResourceURLs', i), url)),
    ...resources.flatMap((one) => resourceProblems(at(path, 'resources'), one)),
    ...unknownStages(at(path, 'omitStages'), omitStages),
    ...(isMixed
      ? [
          invalidValue(
            at(path, 'nonResourceURLs'),
            nonResourceURLs,
            'rules cannot apply to both regular resources and non-resource URLs',
          ),
        ]
      : []),
  ];
}

function levelProblems(path: string, level: string | undefined): readonly FieldError[] {
  if (!level) return [required(path)];
  return levels.some((known) => known === level) ? [] : [notSupported(path, level, levels)];
}

function urlProblems(path: string, url: string): readonly FieldError[] {
  if (url === '*') return [];
  return [
    ...(url.startsWith('/')
      ? []
      : [invalidValue(path, url, "non-resource URL rules must begin with a '/' character")]),
    ...(url.slice(0, -1).includes('*')
      ? [
          invalidValue(
            path,
            url,
            "non-resource URL wildcards '*' must be the final character of the rule",
          ),
        ]
      : []),
  ];
}

function resourceProblems(
  path: string,
  { group = '', resources = [], resourceNames = [] }: GroupResources,
): readonly FieldError[] {
  const problems = group === '' ? [] : dnsSubdomain(group);
  return [
    ...(problems.length > 0 ? [invalidValue(at(path, 'group'), group, problems.join(','))] : []),
    ...(resourceNames.length > 0 && resources.length === 0
      ? [
          invalidValue(
            at(path, 'resourceNames'),
            resourceNames,
            'using resourceNames requires at least one resource',
          ),
        ]
      : []),
  ];
}

const unknownStages = (path: string, given: readonly string[]): readonly FieldError[] =>
  given.flatMap((stage, index) =>
    stages.some((known) => known === stage)
      ? []
      : [invalidValue(at(path, index), stage, `allowed stages are ${stages.join(',')}`)],
  );
