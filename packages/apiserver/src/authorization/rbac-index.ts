import { matchesLabels, toSelector } from '@berth/api';
import type {
  ClusterRole,
  ClusterRoleBinding,
  KubeObject,
  PolicyRule,
  RbacV1Subject,
  Role,
  RoleBinding,
} from '@berth/api';
import type { Sink } from '../follow.ts';
import type { UserInfo } from '../request.ts';
import { serviceAccountName } from '../users.ts';
import type { RbacData } from './rbac.ts';

/** Roles and bindings kept so that a decision costs as much as its user has bindings, not as there are bindings. */
export interface RbacIndex extends RbacData {
  readonly sinks: {
    readonly clusterRoles: Sink<ClusterRole>;
    readonly roles: Sink<Role>;
    readonly clusterRoleBindings: Sink<ClusterRoleBinding>;
    readonly roleBindings: Sink<RoleBinding>;
  };
}

export function createRbacIndex(): RbacIndex {
  const clusterRoles = createKeyed<ClusterRole>();
  const roles = createKeyed<Role>();
  const cluster = createBySubject<ClusterRoleBinding>();
  const namespaced = createBySubject<RoleBinding>();
  const effective = new Map<string, ClusterRole>();

  return {
    clusterRole(name) {
      const role = clusterRoles.get(name);
      if (!role?.aggregationRule) return role;
      const known = effective.get(name) ?? aggregate(role, clusterRoles.values());
      effective.set(name, known);
      return known;
    },
    role: (namespace, name) => roles.get(`${namespace}/${name}`),
    clusterRoleBindings: (user) => cluster.of(user, ''),
    roleBindings: (user, namespace) => namespaced.of(user, namespace),
    sinks: {
      // Any role may be part of any aggregated one.
      clusterRoles: onEvery(clusterRoles, () => effective.clear()),
      roles,
      clusterRoleBindings: cluster,
      roleBindings: namespaced,
    },
  };
}

/** An aggregated role's rules are those of the roles it selects, as of now, and what is written in it. */
function aggregate(role: ClusterRole, all: Iterable<ClusterRole>): ClusterRole {
  const selectors = (role.aggregationRule?.clusterRoleSelectors ?? []).map(toSelector);
  const selected = [...all]
    .filter(({ metadata }) => metadata.name !== role.metadata.name)
    .filter(({ metadata }) =>
      selectors.some((selector) => matchesLabels(selector, metadata.labels)),
    )
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const rules = [...(role.rules ?? []), ...selected.flatMap((part) => part.rules ?? [])];
  return { ...role, rules: distinct(rules) };
}

const distinct = (rules: readonly PolicyRule[]): readonly PolicyRule[] => [
  ...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values(),
];

const keyOf = ({ metadata: { namespace, name } }: KubeObject) =>
  namespace ? `${namespace}/${name}` : name;

interface Keyed<T extends KubeObject> extends Sink<T> {
  get(key: string): T | undefined;
  values(): Iterable<T>;
}

function createKeyed<T extends KubeObject>(): Keyed<T> {
  const objects = new Map<string, T>();
  return {
    get: (key) => objects.get(key),
    values: () => objects.values(),
    replace(items) {
      objects.clear();
      for (const item of items) objects.set(keyOf(item), item);
    },
    put: (item) => void objects.set(keyOf(item), item),
    remove: (item) => void objects.delete(keyOf(item)),
  };
}

type Binding = ClusterRoleBinding | RoleBinding;

interface BySubject<T extends Binding> extends Sink<T> {
  of(user: UserInfo, namespace: string): Iterable<T>;
}

function createBySubject<T extends Binding>(): BySubject<T> {
  const bindings = new Map<string, T>();
  const bySubject = new Map<string, Map<string, T>>();

  const put = (binding: T) => {
    remove(binding);
    bindings.set(keyOf(binding), binding);
    for (const id of idsOf(binding)) {
      const found = bySubject.get(id) ?? new Map<string, T>();
      bySubject.set(id, found.set(keyOf(binding), binding));
    }
  };
  const remove = (binding: T) => {
    const old = bindings.get(keyOf(binding));
    if (!old) return;
    bindings.delete(keyOf(old));
    for (const id of idsOf(old)) {
      const found = bySubject.get(id);
      found?.delete(keyOf(old));
      if (found?.size === 0) bySubject.delete(id);
    }
  };

  return {
    put,
    remove,
    replace(items) {
      bindings.clear();
      bySubject.clear();
      for (const item of items) put(item);
    },
    *of({ name, groups }, namespace) {
      const ids = [`u/${namespace}/${name}`, ...groups.map((group) => `g/${namespace}/${group}`)];
      const seen = new Set<T>();
      for (const id of ids) {
        for (const binding of bySubject.get(id)?.values() ?? []) {
          if (!seen.has(binding)) yield binding;
          seen.add(binding);
        }
      }
    },
  };
}

const idsOf = ({ metadata, subjects = [] }: Binding): readonly string[] => {
  const namespace = metadata.namespace ?? '';
  return subjects.map((subject) => idOf(subject, namespace));
};

function idOf({ kind, name, namespace }: RbacV1Subject, bindingNamespace: string): string {
  if (kind === 'Group') return `g/${bindingNamespace}/${name}`;
  const user =
    kind === 'ServiceAccount' ? serviceAccountName(namespace ?? bindingNamespace, name) : name;
  return `u/${bindingNamespace}/${user}`;
}

function onEvery<T extends KubeObject>(sink: Sink<T>, changed: () => void): Sink<T> {
  return {
    replace(items) {
      sink.replace(items);
      changed();
    },
    put(item) {
      sink.put(item);
      changed();
    },
    remove(item) {
      sink.remove(item);
      changed();
    },
  };
}
