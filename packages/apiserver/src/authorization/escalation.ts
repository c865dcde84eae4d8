import {
  clusterRoleBindings,
  clusterRoles,
  isDeepEqual,
  forbidden,
  roleBindings,
  roles,
} from '@berth/api';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RoleBinding } from '@berth/api';
import type { Admission, Attributes as WriteAttributes } from '../admission/admission.ts';
import type { UserInfo } from '../request.ts';
import { apiServerUser } from '../users.ts';
import type { Attributes } from './attributes.ts';
import type { Authorizer } from './authorizer.ts';

export interface EscalationOptions {
  readonly authorize: Authorizer;
  readonly rulesFor: (user: UserInfo, namespace: string) => readonly PolicyRule[];
  readonly roleRules: (
    kind: string,
    namespace: string,
    name: string,
  ) => readonly PolicyRule[] | undefined;
}

const group = 'rbac.authorization.k8s.io';
const roleTypes: readonly string[] = [roles.resource, clusterRoles.resource];
const bindingTypes: readonly string[] = [roleBindings.resource, clusterRoleBindings.resource];

/**
 * Nobody gives away rights that they do not have, unless they may `escalate` roles or `bind` the role: upstream's
 * privilege escalation check on roles and bindings.
 */
export function escalationCheck({ authorize, rulesFor, roleRules }: EscalationOptions): Admission {
  const may = async (attributes: WriteAttributes, verb: string, resource: string, name: string) => {
    const { user, namespace } = attributes;
    const asked: Attributes = {
      user,
      verb,
      isResource: true,
      group,
      version: '*',
      resource,
      subresource: '',
      namespace,
      name,
      path: '',
    };
    return (await authorize(asked)).allowed;
  };

  return {
    name: 'RBACEscalation',
    handles: ({ operation, type, subresource }) =>
      type.group === group &&
      subresource === '' &&
      (operation === 'CREATE' || operation === 'UPDATE') &&
      [...roleTypes, ...bindingTypes].includes(type.resource),

    async validate(attributes) {
      const { type, object, old, user, namespace } = attributes;
      if (user.name === apiServerUser.name || !object) return;
      if (roleTypes.includes(type.resource)) {
        const wanted = addedRules(object, old);
        if (wanted.length === 0) return;
        if (await may(attributes, 'escalate', type.resource, attributes.name)) return;
        refuseUncovered(attributes, rulesFor(user, namespace), wanted);
        return;
      }
      if (old && sameGrant(object as Binding, old as Binding)) return;
      const { kind, name } = (object as Binding).roleRef;
      const resource = kind === 'ClusterRole' ? clusterRoles.resource : roles.resource;
      if (await may(attributes, 'bind', resource, name)) return;
      const wanted = roleRules(kind, namespace, name);
      if (!wanted) throw forbidden(type, attributes.name, `role ${JSON.stringify(name)} not found`);
      refuseUncovered(attributes, rulesFor(user, namespace), wanted);
    },
  };
}

/** The rules that were not there before; a plain Role is a ClusterRole without an aggregation rule. */
function addedRules(
  { aggregationRule, rules = [] }: Partial<ClusterRole>,
  old: Partial<ClusterRole> | undefined,
): readonly PolicyRule[] {
  // Whatever an aggregation rule will select later is granted now.
  if (aggregationRule && !isDeepEqual(aggregationRule, old?.aggregationRule)) return everything;
  const known = new Set((old?.rules ?? []).map((rule) => JSON.stringify(rule)));
  return rules.filter((rule) => !known.has(JSON.stringify(rule)));
}

const everything: readonly PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
];

type Binding = RoleBinding | ClusterRoleBinding;

const sameGrant = (a: Binding, b: Binding) =>
  isDeepEqual([a.roleRef, a.subjects], [b.roleRef, b.subjects]);

function refuseUncovered(
  { user, type, name }: WriteAttributes,
  owned: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): void {
  const missing = uncovered(owned, wanted);
  if (missing.length === 0) return;
  throw forbidden(
    type,
    name,
    `user ${JSON.stringify(user.name)} (groups=${JSON.stringify(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${missing.map(printed).join('\n')}`,
  );
}

/** What of `wanted` no rule of `owned` allows, in the smallest pieces. */
export function uncovered(
  owned: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly PolicyRule[] {
  return wanted.flatMap(pieces).filter((piece) => !owned.some((rule) => covers(rule, piece)));
}

/** One rule per verb, group, resource and name. */
function pieces(rule: PolicyRule): readonly PolicyRule[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const names = resourceNames.length > 0 ? resourceNames.map((name) => [name]) : [[]];
  return verbs.flatMap((verb) => [
    ...nonResourceURLs.map((url) => ({ verbs: [verb], nonResourceURLs: [url] })),
    ...apiGroups.flatMap((apiGroup) =>
      resources.flatMap((resource) =>
        names.map((resourceNames) => ({
          verbs: [verb],
          apiGroups: [apiGroup],
          resources: [resource],
          ...(resourceNames.length > 0 && { resourceNames }),
        })),
      ),
    ),
  ]);
}

function covers(owner: PolicyRule, piece: PolicyRule): boolean {
  const has = (owned: readonly string[] = [], asked: readonly string[] = []) =>
    owned.includes('*') || asked.every((value) => owned.includes(value));
  if (!has(owner.verbs, piece.verbs)) return false;
  if (piece.nonResourceURLs) {
    return piece.nonResourceURLs.every((url) => (owner.nonResourceURLs ?? []).some(urlCovers(url)));
  }
  const [resource = ''] = piece.resources ?? [];
  const [, part] = resource.split('/');
  const resourceHeld =
    has(owner.resources, piece.resources) ||
    (part !== undefined && (owner.resources ?? []).includes(`*/${part}`));
  const names = owner.resourceNames ?? [];
  const nameHeld =
    names.length === 0 ||
    ((piece.resourceNames?.length ?? 0) > 0 &&
      has(
        names.filter((n) => n !== '*'),
        piece.resourceNames,
      ));
  return has(owner.apiGroups, piece.apiGroups) && resourceHeld && nameHeld;
}

const urlCovers = (asked: string) => (owned: string) =>
  owned === asked || (owned.endsWith('*') && asked.startsWith(owned.slice(0, -1)));

function printed({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: PolicyRule) {
  const list = (name: string, values: readonly string[] | undefined) =>
    values ? [`${name}:${JSON.stringify(values)}`] : [];
  const parts = [
    ...list('APIGroups', apiGroups),
    ...list('Resources', resources),
    ...list('ResourceNames', resourceNames),
    ...list('NonResourceURLs', nonResourceURLs),
    ...list('Verbs', verbs),
  ];
  return `{${parts.join(', ')}}`;
}
