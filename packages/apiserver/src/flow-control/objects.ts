import type {
  FlowSchemaSpec,
  FlowcontrolV1Subject,
  LimitResponse,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  PriorityLevelConfigurationSpec,
  ResourcePolicyRule,
} from '@berth/api';

/** A name with what stands under it. */
interface Named<S> {
  readonly name: string;
  readonly spec: S;
}

type Level = Named<PriorityLevelConfigurationSpec>;
type Schema = Named<FlowSchemaSpec>;

const queued = (queues: number, handSize: number): LimitResponse => ({
  type: 'Queue',
  queuing: { queues, handSize, queueLengthLimit: 50 },
});

const limited = (
  name: string,
  nominalConcurrencyShares: number,
  lendablePercent: number,
  limitResponse: LimitResponse,
): Level => ({
  name,
  spec: { type: 'Limited', limited: { nominalConcurrencyShares, lendablePercent, limitResponse } },
});

/** Levels without which a server would not know what to do; nobody changes them. */
export const mandatoryLevels: readonly Level[] = [
  {
    name: 'exempt',
    spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
  limited('catch-all', 5, 0, { type: 'Reject' }),
];

export const suggestedLevels: readonly Level[] = [
  limited('system', 30, 33, queued(64, 6)),
  limited('node-high', 40, 25, queued(64, 6)),
  limited('leader-election', 10, 0, queued(16, 4)),
  limited('workload-high', 40, 50, queued(128, 6)),
  limited('workload-low', 100, 90, queued(128, 6)),
  limited('global-default', 20, 50, queued(128, 6)),
];

const any = ['*'];
const everything: readonly ResourcePolicyRule[] = [
  { verbs: any, apiGroups: any, resources: any, namespaces: any, clusterScope: true },
];
const everyPath: readonly NonResourcePolicyRule[] = [{ verbs: any, nonResourceURLs: any }];

const groups = (...names: readonly string[]): readonly FlowcontrolV1Subject[] =>
  names.map((name) => ({ kind: 'Group', group: { name } }));
const users = (...names: readonly string[]): readonly FlowcontrolV1Subject[] =>
  names.map((name) => ({ kind: 'User', user: { name } }));
const kubeSystem = (...names: readonly string[]): readonly FlowcontrolV1Subject[] =>
  names.map((name) => ({
    kind: 'ServiceAccount',
    serviceAccount: { name, namespace: 'kube-system' },
  }));

const whatever = (subjects: readonly FlowcontrolV1Subject[]): PolicyRulesWithSubjects => ({
  subjects,
  resourceRules: everything,
  nonResourceRules: everyPath,
});

const locks = (
  subjects: readonly FlowcontrolV1Subject[],
  group: string,
  resource: string,
): PolicyRulesWithSubjects => ({
  subjects,
  resourceRules: [
    {
      verbs: ['get', 'create', 'update'],
      apiGroups: [group],
      resources: [resource],
      namespaces: any,
    },
  ],
});

const schema = (
  name: string,
  level: string,
  matchingPrecedence: number,
  distinguisher: 'ByUser' | 'ByNamespace' | '',
  rule: PolicyRulesWithSubjects,
): Schema => ({
  name,
  spec: {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence,
    ...(distinguisher && { distinguisherMethod: { type: distinguisher } }),
    rules: [rule],
  },
});

const everybody = groups('system:unauthenticated', 'system:authenticated');
const coordination = 'coordination.k8s.io';

export const mandatorySchemas: readonly Schema[] = [
  schema('exempt', 'exempt', 1, '', whatever(groups('system:masters'))),
  schema('catch-all', 'catch-all', 10_000, 'ByUser', whatever(everybody)),
];

export const suggestedSchemas: readonly Schema[] = [
  schema('probes', 'exempt', 2, '', {
    subjects: everybody,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema(
    'system-leader-election',
    'leader-election',
    100,
    'ByUser',
    locks(
      [...users('system:kube-controller-manager', 'system:kube-scheduler'), ...kubeSystem('*')],
      coordination,
      'leases',
    ),
  ),
  schema(
    'endpoint-controller',
    'workload-high',
    150,
    'ByUser',
    locks(
      [
        ...users('system:kube-controller-manager'),
        ...kubeSystem('endpoint-controller', 'endpointslicemirroring-controller'),
      ],
      '',
      'endpoints',
    ),
  ),
  schema(
    'workload-leader-election',
    'leader-election',
    200,
    'ByUser',
    locks(kubeSystem('*'), coordination, 'leases'),
  ),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: groups('system:nodes'),
    resourceRules: [
      {
        verbs: any,
        apiGroups: [''],
        resources: ['nodes', 'nodes/status'],
        namespaces: any,
        clusterScope: true,
      },
      { verbs: any, apiGroups: [coordination], resources: ['leases'], namespaces: any },
    ],
  }),
  schema('system-nodes', 'system', 500, 'ByUser', whatever(groups('system:nodes'))),
  schema(
    'kube-controller-manager',
    'workload-high',
    800,
    'ByNamespace',
    whatever(users('system:kube-controller-manager')),
  ),
  schema(
    'kube-scheduler',
    'workload-high',
    800,
    'ByNamespace',
    whatever(users('system:kube-scheduler')),
  ),
  schema(
    'kube-system-service-accounts',
    'workload-high',
    900,
    'ByNamespace',
    whatever(kubeSystem('*')),
  ),
  schema(
    'service-accounts',
    'workload-low',
    9000,
    'ByUser',
    whatever(groups('system:serviceaccounts')),
  ),
  schema('global-default', 'global-default', 9900, 'ByUser', whatever(everybody)),
];
