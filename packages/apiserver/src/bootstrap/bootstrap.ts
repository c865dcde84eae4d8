import {
  clusterRoleBindings,
  clusterRoles,
  isAlreadyExists,
  namespaces,
  priorityClasses,
  roleBindings,
  roles,
} from '@berth/api';
import type {
  ClusterRole,
  ClusterRoleBinding,
  Draft,
  KubeObject,
  PolicyRule,
  PriorityClass,
  Role,
  RoleBinding,
} from '@berth/api';
import type { Registry } from '../registry/registry.ts';
import type { Store } from '../registry/store.ts';
import { bootstrapFlowControl } from './flow-control.ts';
import * as defaults from './roles.ts';

const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

const systemPriorityClasses: readonly Draft<PriorityClass>[] = [
  {
    metadata: { name: 'system-node-critical' },
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    metadata: { name: 'system-cluster-critical' },
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
];

/** Makes what every cluster has from its first start, and repairs it at later ones. Several servers may do so at once. */
export async function bootstrap(registry: Pick<Registry, 'store'>): Promise<void> {
  const namespaceStore = registry.store(namespaces);
  await Promise.all(
    systemNamespaces.map((name) => ensure(namespaceStore, { metadata: { name }, spec: {} })),
  );
  const classes = registry.store(priorityClasses);
  await Promise.all([
    bootstrapFlowControl(registry),
    ...systemPriorityClasses.map((draft) => ensure(classes, draft)),
    ...reconciled(registry.store(clusterRoles), defaults.clusterRoles, withRules<ClusterRole>),
    ...reconciled(registry.store(roles), defaults.roles, withRules<Role>),
    ...reconciled(
      registry.store(clusterRoleBindings),
      defaults.clusterRoleBindings,
      withSubjects<ClusterRoleBinding>,
    ),
    ...reconciled(registry.store(roleBindings), defaults.roleBindings, withSubjects<RoleBinding>),
  ]);
}

const refOf = <T extends KubeObject>({ metadata: { name = '', namespace } }: Draft<T>) =>
  namespace ? { name, namespace } : { name };

/** Creates the object unless it is there; whatever it looks like then is its owner's business. */
export async function ensure<T extends KubeObject>(
  store: Store<T>,
  draft: Draft<T>,
): Promise<void> {
  if (await store.find(refOf(draft))) return;
  await store.create(draft).catch((err: unknown) => {
    if (!isAlreadyExists(err)) throw err;
  });
}

const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';

const reconciled = <T extends KubeObject>(
  store: Store<T>,
  drafts: readonly Draft<T>[],
  complete: (current: T, draft: Draft<T>) => T,
): readonly Promise<void>[] =>
  drafts.map(async (draft) => {
    const current = await store.find(refOf(draft));
    if (!current) return ensure(store, draft);
    if (current.metadata.annotations?.[autoupdate] === 'false') return;
    if (complete(current, draft) === current) return;
    await store.guaranteedUpdate(refOf(draft), (latest) => complete(latest, draft));
  });

/** The role with the rules it lacks; rules that somebody added stay. */
function withRules<T extends ClusterRole | Role>(current: T, { rules = [] }: Draft<T>): T {
  const missing = lacking<PolicyRule>(current.rules ?? [], rules);
  return missing.length > 0
    ? { ...current, rules: [...(current.rules ?? []), ...missing] }
    : current;
}

function withSubjects<T extends ClusterRoleBinding | RoleBinding>(
  current: T,
  { subjects = [] }: Draft<T>,
): T {
  const missing = lacking(current.subjects ?? [], subjects);
  return missing.length > 0
    ? { ...current, subjects: [...(current.subjects ?? []), ...missing] }
    : current;
}

function lacking<V extends object>(present: readonly V[], wanted: readonly V[]): readonly V[] {
  const known = new Set(present.map(identity));
  return wanted.filter((value) => !known.has(identity(value)));
}

/** The same whatever the order of fields. */
const identity = (value: object) =>
  JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
