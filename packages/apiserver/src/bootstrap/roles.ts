import type {
  Draft,
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
} from '@berth/api';
import { nodeRules } from '../authorization/node-authorizer.ts';

/** One rule from words parted by spaces: groups (`''` written as `core`), resources, verbs. */
const on = (apiGroups: string, resources: string, verbs: string, names?: string): PolicyRule => ({
  apiGroups: apiGroups.split(' ').map((group) => (group === 'core' ? '' : group)),
  resources: resources.split(' '),
  verbs: verbs.split(' '),
  ...(names && { resourceNames: names.split(' ') }),
});
const at = (paths: string, verbs = 'get'): PolicyRule => ({
  nonResourceURLs: paths.split(' '),
  verbs: verbs.split(' '),
});

const read = 'get list watch';
const write = 'create delete deletecollection patch update';
const full = `${read} ${write}`;

const events = [
  on('core', 'events', 'create patch update'),
  on('events.k8s.io', 'events', 'create patch update'),
];
/** What asks the server to authenticate and authorize its own callers. */
const delegates = [
  on('authentication.k8s.io', 'tokenreviews', 'create'),
  on('authorization.k8s.io', 'subjectaccessreviews', 'create'),
];

const viewRules = [
  on(
    'core',
    'bindings configmaps endpoints events limitranges namespaces namespaces/status persistentvolumeclaims persistentvolumeclaims/status pods pods/log pods/status pods/why replicationcontrollers replicationcontrollers/scale replicationcontrollers/status resourcequotas resourcequotas/status serviceaccounts services services/status',
    read,
  ),
  on('discovery.k8s.io', 'endpointslices', read),
  on(
    'apps',
    'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
    read,
  ),
  on('autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status', read),
  on('batch', 'cronjobs cronjobs/status jobs jobs/status', read),
  on('policy', 'poddisruptionbudgets poddisruptionbudgets/status', read),
  on('networking.k8s.io', 'ingresses ingresses/status networkpolicies', read),
  on('scheduling.k8s.io', 'podgroups podgroups/status workloads', read),
];

const editRules = [
  on('core', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy', read),
  on('core', 'serviceaccounts', 'impersonate'),
  on('core', 'pods pods/attach pods/exec pods/portforward pods/proxy', write),
  on('core', 'pods/eviction', 'create'),
  on(
    'core',
    'configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
    write,
  ),
  on('core', 'events', write),
  on('core', 'serviceaccounts/token', 'create'),
  on(
    'apps',
    'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
    write,
  ),
  on('autoscaling', 'horizontalpodautoscalers', write),
  on('batch', 'cronjobs jobs', write),
  on('policy', 'poddisruptionbudgets', write),
  on('networking.k8s.io', 'ingresses networkpolicies', write),
  on('coordination.k8s.io', 'leases', full),
  on('scheduling.k8s.io', 'podgroups workloads', write),
  on('scheduling.berth.dev', 'placementplans', 'create'),
];

const adminRules = [
  on('authorization.k8s.io', 'localsubjectaccessreviews', 'create'),
  on('rbac.authorization.k8s.io', 'rolebindings roles', full),
];

const schedulerRules = [
  ...events,
  ...delegates,
  on('coordination.k8s.io', 'leases', `create ${read}`),
  on('coordination.k8s.io', 'leases', 'get update', 'kube-scheduler'),
  on('core', 'nodes namespaces services replicationcontrollers', read),
  on('core', 'pods', `delete ${read}`),
  on('core', 'bindings pods/binding', 'create'),
  on('core', 'pods/status', 'patch update'),
  on('core', 'persistentvolumeclaims persistentvolumes', `${read} patch update`),
  on('apps extensions', 'replicasets statefulsets', read),
  on('policy', 'poddisruptionbudgets', read),
  on('scheduling.k8s.io', 'podgroups priorityclasses', read),
  on('scheduling.k8s.io', 'podgroups/status', 'patch update'),
  on('scheduling.berth.dev', 'queues', read),
  on('scheduling.berth.dev', 'queues/status', 'patch update'),
  on(
    'storage.k8s.io',
    'csidrivers csinodes csistoragecapacities storageclasses volumeattachments',
    read,
  ),
  on('resource.k8s.io', 'deviceclasses resourceclaims resourceslices', read),
  on('resource.k8s.io', 'resourceclaims resourceclaims/status', 'get patch update'),
];

/**
 * Upstream splits these over one service account per controller; here all controllers are one user. Namespace
 * deletion and garbage collection reach every resource, so that they do, too.
 */
const controllerRules = [
  ...events,
  ...delegates,
  on('*', '*', 'delete deletecollection get list patch update watch'),
  on('*', '*/scale', 'get update'),
  on(
    'core',
    'configmaps endpoints persistentvolumeclaims pods secrets serviceaccounts services',
    'create',
  ),
  on('core', 'serviceaccounts/token pods/eviction', 'create'),
  on('core', 'pods/binding', 'create'),
  on('apps', 'controllerrevisions daemonsets deployments replicasets statefulsets', 'create'),
  on('batch', 'jobs', 'create'),
  on('coordination.k8s.io', 'leases', 'create'),
  on('discovery.k8s.io', 'endpointslices', 'create'),
  on('discovery.k8s.io', 'endpointslices/restricted', 'create'),
  on('rbac.authorization.k8s.io', 'clusterroles roles', 'bind escalate'),
  on('certificates.k8s.io', 'signers', 'approve sign'),
];

const bootstrapping = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const autoupdate = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' };

type Labels = Readonly<Record<string, string>>;

const clusterRole = (
  name: string,
  rules: readonly PolicyRule[],
  labels: Labels = {},
): Draft<ClusterRole> => ({
  metadata: { name, labels: { ...bootstrapping, ...labels }, annotations: autoupdate },
  rules,
});

/** A role whose rules are those of the roles with a label; they are written out, too, for whoever reads it. */
const aggregated = (
  name: string,
  part: string,
  rules: readonly PolicyRule[],
  labels: Labels = {},
): Draft<ClusterRole> => ({
  ...clusterRole(name, rules, labels),
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregateTo(part) }] },
});

const aggregateTo = (role: string): Labels => ({
  [`rbac.authorization.k8s.io/aggregate-to-${role}`]: 'true',
});

const health = '/healthz /livez /readyz /version /version/';

export const clusterRoles: readonly Draft<ClusterRole>[] = [
  clusterRole('cluster-admin', [on('*', '*', '*'), at('*', '*')]),
  clusterRole('system:discovery', [
    at('/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/'),
  ]),
  clusterRole('system:basic-user', [
    on('authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews', 'create'),
    on('authentication.k8s.io', 'selfsubjectreviews', 'create'),
  ]),
  clusterRole('system:public-info-viewer', [at(health)]),
  clusterRole('system:monitoring', [
    at('/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*'),
  ]),
  aggregated('admin', 'admin', [...adminRules, ...editRules, ...viewRules]),
  aggregated('edit', 'edit', [...editRules, ...viewRules], aggregateTo('admin')),
  aggregated('view', 'view', viewRules, aggregateTo('edit')),
  clusterRole('system:aggregate-to-admin', adminRules, aggregateTo('admin')),
  clusterRole('system:aggregate-to-edit', editRules, aggregateTo('edit')),
  clusterRole('system:aggregate-to-view', viewRules, aggregateTo('view')),
  clusterRole('system:auth-delegator', delegates),
  clusterRole('system:service-account-issuer-discovery', [
    at(
      '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
    ),
  ]),
  clusterRole('system:node', nodeRules),
  clusterRole('system:node-bootstrapper', [
    on('certificates.k8s.io', 'certificatesigningrequests', `create ${read}`),
  ]),
  ...['nodeclient', 'selfnodeclient'].map((part) =>
    clusterRole(`system:certificates.k8s.io:certificatesigningrequests:${part}`, [
      on('certificates.k8s.io', `certificatesigningrequests/${part}`, 'create'),
    ]),
  ),
  ...[
    'kube-apiserver-client',
    'kube-apiserver-client-kubelet',
    'kubelet-serving',
    'legacy-unknown',
  ].map((signer) =>
    clusterRole(`system:certificates.k8s.io:${signer}-approver`, [
      on('certificates.k8s.io', 'signers', 'approve', `kubernetes.io/${signer}`),
    ]),
  ),
  clusterRole('system:node-proxier', [
    on('core', 'services endpoints nodes', read),
    on('discovery.k8s.io', 'endpointslices', read),
    on('networking.k8s.io', 'servicecidrs', 'list watch'),
    ...events,
  ]),
  clusterRole('system:kubelet-api-admin', [
    on('core', 'nodes', 'get list watch proxy'),
    on('core', 'nodes/log nodes/metrics nodes/proxy nodes/stats', '*'),
  ]),
  clusterRole('system:kube-dns', [on('core', 'endpoints services', 'list watch')]),
  clusterRole('system:kube-scheduler', schedulerRules),
  clusterRole('system:kube-controller-manager', controllerRules),
  clusterRole('system:persistent-volume-provisioner', [
    on('core', 'persistentvolumes', `create delete ${read}`),
    on('core', 'persistentvolumeclaims', `${read} update`),
    on('storage.k8s.io', 'storageclasses', read),
    on('core', 'events', `create patch update ${read}`),
  ]),
];

type Subjects = NonNullable<ClusterRoleBinding['subjects']>;
const rbac = 'rbac.authorization.k8s.io';

const groups = (...names: readonly string[]): Subjects =>
  names.map((name) => ({ kind: 'Group', apiGroup: rbac, name }));
const user = (name: string): Subjects => [{ kind: 'User', apiGroup: rbac, name }];

const bound = (role: string, subjects: Subjects): Draft<ClusterRoleBinding> => ({
  metadata: { name: role, labels: bootstrapping, annotations: autoupdate },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
  subjects,
});

export const clusterRoleBindings: readonly Draft<ClusterRoleBinding>[] = [
  bound('cluster-admin', groups('system:masters')),
  bound('system:discovery', groups('system:authenticated')),
  bound('system:basic-user', groups('system:authenticated')),
  bound('system:public-info-viewer', groups('system:authenticated', 'system:unauthenticated')),
  bound('system:monitoring', groups('system:monitoring')),
  bound('system:service-account-issuer-discovery', groups('system:serviceaccounts')),
  // Nobody: the Node authorizer gives nodes what they need, and no more than that.
  bound('system:node', []),
  bound('system:node-proxier', user('system:kube-proxy')),
  bound('system:kube-scheduler', user('system:kube-scheduler')),
  bound('system:kube-controller-manager', user('system:kube-controller-manager')),
  bound('system:kube-dns', [
    { kind: 'ServiceAccount', name: 'kube-dns', namespace: 'kube-system' },
  ]),
];

const system = (name: string, rules: readonly PolicyRule[]): Draft<Role> => ({
  metadata: { name, namespace: 'kube-system', labels: bootstrapping, annotations: autoupdate },
  rules,
});

export const roles: readonly Draft<Role>[] = [
  system('extension-apiserver-authentication-reader', [
    on('core', 'configmaps', read, 'extension-apiserver-authentication'),
  ]),
];

export const roleBindings: readonly Draft<RoleBinding>[] = [
  {
    metadata: {
      name: 'system::extension-apiserver-authentication-reader',
      namespace: 'kube-system',
      labels: bootstrapping,
      annotations: autoupdate,
    },
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'extension-apiserver-authentication-reader' },
    subjects: [...user('system:kube-controller-manager'), ...user('system:kube-scheduler')],
  },
];
