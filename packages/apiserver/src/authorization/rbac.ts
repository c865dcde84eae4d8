import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacV1Subject,
  Role,
  RoleBinding,
} from '@berth/api';
import type { UserInfo } from '../request.ts';
import { serviceAccountName } from '../users.ts';
import type { Attributes } from './attributes.ts';
import type { Decision, Opinion } from './authorizer.ts';

/** Roles and bindings as they are now. */
export interface RbacData {
  clusterRole(name: string): ClusterRole | undefined;
  role(namespace: string, name: string): Role | undefined;
  /** At least those that name the user or a group of theirs. */
  clusterRoleBindings(user: UserInfo): Iterable<ClusterRoleBinding>;
  roleBindings(user: UserInfo, namespace: string): Iterable<RoleBinding>;
}

/** Allows what a rule of some role that is bound to the user allows. RBAC never denies. */
export const rbacAuthorizer =
  (data: RbacData): Opinion =>
  (attributes) => {
    const missing: string[] = [];
    for (const { rules, because, lacks } of grantsOf(data, attributes.user, attributes.namespace)) {
      if (lacks) missing.push(lacks);
      if (rules.some((rule) => ruleAllows(rule, attributes))) {
        return { allowed: true, reason: `RBAC: allowed by ${because}` };
      }
    }
    return refused(missing);
  };

const refused = (missing: readonly string[]): Decision => ({
  allowed: false,
  reason:
    missing.length > 1
      ? `RBAC: [${missing.join(', ')}]`
      : missing.map((m) => `RBAC: ${m}`).join(''),
});

interface Grant {
  readonly rules: readonly PolicyRule[];
  /** `ClusterRoleBinding "a" of ClusterRole "b" to Group "c"` */
  readonly because: string;
  /** The role that the binding names and that does not exist. */
  readonly lacks?: string;
}

/** Everything a user was granted cluster-wide and, when `namespace` is not empty, in it. */
export function* grantsOf(data: RbacData, user: UserInfo, namespace: string): Iterable<Grant> {
  for (const binding of data.clusterRoleBindings(user)) {
    const grant = grantBy(data, user, binding, '');
    if (grant) yield grant;
  }
  if (!namespace) return;
  for (const binding of data.roleBindings(user, namespace)) {
    const grant = grantBy(data, user, binding, namespace);
    if (grant) yield grant;
  }
}

function grantBy(
  data: RbacData,
  user: UserInfo,
  { metadata, roleRef, subjects = [] }: ClusterRoleBinding | RoleBinding,
  namespace: string,
): Grant | undefined {
  const subject = subjects.find((candidate) => appliesTo(candidate, user, namespace));
  if (!subject) return undefined;
  const role =
    roleRef.kind === 'ClusterRole'
      ? data.clusterRole(roleRef.name)
      : data.role(namespace, roleRef.name);
  const binding = namespace
    ? `RoleBinding "${metadata.name}/${namespace}"`
    : `ClusterRoleBinding "${metadata.name}"`;
  const to = `${subject.kind} "${[subject.name, subject.namespace].filter(Boolean).join('/')}"`;
  const because = `${binding} of ${roleRef.kind} "${roleRef.name}" to ${to}`;
  if (role) return { rules: role.rules ?? [], because };
  const kind = `${roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io`;
  return { rules: [], because, lacks: `${kind} "${roleRef.name}" not found` };
}

function appliesTo(subject: RbacV1Subject, user: UserInfo, bindingNamespace: string): boolean {
  switch (subject.kind) {
    case 'User':
      return user.name === subject.name;
    case 'Group':
      return user.groups.includes(subject.name);
    case 'ServiceAccount': {
      const namespace = subject.namespace ?? bindingNamespace;
      return namespace !== '' && user.name === serviceAccountName(namespace, subject.name);
    }
    default:
      return false;
  }
}

/** Whether one rule covers the attempt. */
export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!contains(rule.verbs, attributes.verb)) return false;
  if (!attributes.isResource) return pathAllowed(rule.nonResourceURLs ?? [], attributes.path);
  return (
    contains(rule.apiGroups ?? [], attributes.group) &&
    resourceAllowed(rule.resources ?? [], attributes) &&
    nameAllowed(rule.resourceNames ?? [], attributes.name)
  );
}

const contains = (values: readonly string[], value: string) =>
  values.includes('*') || values.includes(value);

function resourceAllowed(resources: readonly string[], { resource, subresource }: Attributes) {
  const asked = subresource ? `${resource}/${subresource}` : resource;
  return (
    contains(resources, asked) || (subresource !== '' && resources.includes(`*/${subresource}`))
  );
}

const nameAllowed = (names: readonly string[], name: string) =>
  names.length === 0 || names.includes(name);

const pathAllowed = (patterns: readonly string[], path: string) =>
  patterns.some((pattern) =>
    pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path,
  );
