import type {
  FlowSchema,
  FlowcontrolV1Subject,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from '@berth/api';
import type { RequestInfo, UserInfo } from '../request.ts';
import { serviceAccountName } from '../users.ts';

/** What is looked at when a request is classified. */
export interface Classifiable {
  readonly info: RequestInfo;
  readonly user: UserInfo;
}

/** A FlowSchema, read once so that matching a request is a few comparisons. */
export interface Flow {
  readonly schema: string;
  readonly uid: string;
  readonly level: string;
  matches(request: Classifiable): boolean;
  /** Tells the flows of one schema apart. */
  distinguisher(request: Classifiable): string;
}

/** The schemas in the order in which they count: lowest precedence first, then by name. */
export const compileSchemas = (schemas: readonly FlowSchema[]): readonly Flow[] =>
  [...schemas]
    .sort(
      (a, b) => precedenceOf(a) - precedenceOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1),
    )
    .map(compile);

const precedenceOf = ({ spec }: FlowSchema) => spec.matchingPrecedence ?? 0;

function compile({ metadata, spec }: FlowSchema): Flow {
  const rules = (spec.rules ?? []).map(compileRule);
  return {
    schema: metadata.name,
    uid: metadata.uid,
    level: spec.priorityLevelConfiguration.name,
    matches: (request) => rules.some((rule) => rule(request)),
    distinguisher: distinguisherOf(spec.distinguisherMethod?.type),
  };
}

function distinguisherOf(type: string | undefined): Flow['distinguisher'] {
  switch (type) {
    case 'ByUser':
      return ({ user }) => user.name;
    case 'ByNamespace':
      return ({ info }) => info.namespace;
    default:
      return () => '';
  }
}

type Test<T> = (value: T) => boolean;

function compileRule(rule: PolicyRulesWithSubjects): Test<Classifiable> {
  const isMeant = compileSubjects(rule.subjects);
  const resources = (rule.resourceRules ?? []).map(compileResourceRule);
  const paths = (rule.nonResourceRules ?? []).map(compilePathRule);
  return ({ info, user }) =>
    isMeant(user) && (info.isResource ? resources : paths).some((test) => test(info));
}

function compileSubjects(subjects: readonly FlowcontrolV1Subject[]): Test<UserInfo> {
  const groups = namesOf(subjects, ({ group }) => group?.name);
  const users = namesOf(subjects, ({ user, serviceAccount }) =>
    serviceAccount && serviceAccount.name !== '*'
      ? serviceAccountName(serviceAccount.namespace, serviceAccount.name)
      : user?.name,
  );
  const prefixes = subjects.flatMap(({ serviceAccount }) =>
    serviceAccount?.name === '*' ? [serviceAccountName(serviceAccount.namespace, '')] : [],
  );
  if (groups.has('*') || users.has('*')) return () => true;
  return ({ name, groups: own }) =>
    users.has(name) ||
    own.some((group) => groups.has(group)) ||
    prefixes.some((prefix) => name.startsWith(prefix));
}

const namesOf = (
  subjects: readonly FlowcontrolV1Subject[],
  read: (subject: FlowcontrolV1Subject) => string | undefined,
): ReadonlySet<string> =>
  new Set(subjects.map(read).filter((name): name is string => name !== undefined));

function oneOf(values: readonly string[] = []): Test<string> {
  if (values.includes('*')) return () => true;
  const known = new Set(values);
  return (value) => known.has(value);
}

function compileResourceRule(rule: ResourcePolicyRule): Test<RequestInfo> {
  const [verb, group, resource] = [oneOf(rule.verbs), oneOf(rule.apiGroups), oneOf(rule.resources)];
  const namespace = oneOf(rule.namespaces);
  return (info) =>
    verb(info.verb) &&
    group(info.group) &&
    resource(info.subresource ? `${info.resource}/${info.subresource}` : info.resource) &&
    (info.namespace ? namespace(info.namespace) : rule.clusterScope === true);
}

function compilePathRule({ verbs, nonResourceURLs }: NonResourcePolicyRule): Test<RequestInfo> {
  const verb = oneOf(verbs);
  const path = oneOf(nonResourceURLs);
  const prefixes = nonResourceURLs
    .filter((url) => url.endsWith('/*'))
    .map((url) => url.slice(0, -1));
  return (info) =>
    verb(info.verb) && (path(info.path) || prefixes.some((prefix) => info.path.startsWith(prefix)));
}
