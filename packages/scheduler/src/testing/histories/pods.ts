import type {
  Affinity,
  Container,
  ContainerPort,
  NodeAffinity,
  NodeSelectorTerm,
  Pod,
  PodAffinityTerm,
  PodSpec,
  Toleration,
  TopologySpreadConstraint,
} from '@berth/api';
import { makePod } from '@berth/api/testing';
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { few, merged, sometimes } from './sometimes.ts';
import {
  claimNames,
  hostname,
  images,
  labelSelector,
  namespaceName,
  namespaceNames,
  nodeNames,
  podLabels,
  replicaSetName,
  topologyKey,
  zone,
} from './words.ts';
import type { Labels } from './words.ts';

const requests: Arbitrary<Labels> = merged<Labels>(
  sometimes(60, 'cpu', fc.constantFrom('0', '50m', '300m', '1', '1500m')),
  sometimes(60, 'memory', fc.constantFrom('0', '64Mi', '300Mi', '1Gi')),
  sometimes(8, 'example.com/gpu', fc.constantFrom('1', '2')),
  sometimes(4, 'hugepages-2Mi', fc.constant('2Mi')),
  sometimes(10, 'ephemeral-storage', fc.constant('600Mi')),
);

const port = merged<ContainerPort>(
  fc.record({ containerPort: fc.constant(80), hostPort: fc.constantFrom(80, 81) }),
  sometimes(30, 'hostIP', fc.constantFrom('10.0.0.1', '10.0.0.2', '0.0.0.0')),
  sometimes(20, 'protocol', fc.constantFrom('UDP', 'TCP')),
);

const container: Arbitrary<Omit<Container, 'name'>> = merged<Omit<Container, 'name'>>(
  fc.record({ image: fc.constantFrom(...images), resources: fc.record({ requests }) }),
  sometimes(8, 'ports', few(port)),
);

const named = (prefix: string, containers: readonly Omit<Container, 'name'>[]) =>
  containers.map((each, i) => ({ name: `${prefix}${i}`, ...each }));

const initContainer = merged<Omit<Container, 'name'>>(
  container,
  sometimes(50, 'restartPolicy', fc.constant('Always')),
);

const nodeExpression = fc.oneof(
  fc.record({
    key: fc.constantFrom(zone, 'disk'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.constantFrom(['z1'], ['z1', 'z2'], ['ssd']),
  }),
  fc.record({
    key: fc.constantFrom('disk', 'rack'),
    operator: fc.constantFrom('Exists', 'DoesNotExist'),
  }),
  fc.record({
    key: fc.constant('cores'),
    operator: fc.constantFrom('Gt', 'Lt'),
    values: fc.constantFrom(['4'], ['8']),
  }),
);

const nodeField = fc.record({
  key: fc.constant('metadata.name'),
  operator: fc.constantFrom('In', 'In', 'NotIn'),
  values: fc.constantFrom(...nodeNames, 'gone').map((name) => [name]),
});

const nodeTerm: Arbitrary<NodeSelectorTerm> = merged<NodeSelectorTerm>(
  sometimes(85, 'matchExpressions', few(nodeExpression)),
  sometimes(20, 'matchFields', few(nodeField)),
);

const nodeAffinity: Arbitrary<NodeAffinity> = merged<NodeAffinity>(
  sometimes(
    40,
    'requiredDuringSchedulingIgnoredDuringExecution',
    fc.record({ nodeSelectorTerms: few(nodeTerm) }),
  ),
  sometimes(
    70,
    'preferredDuringSchedulingIgnoredDuringExecution',
    few(fc.record({ weight: fc.constantFrom(1, 10, 100), preference: nodeTerm }), 3),
  ),
);

const affinityTerm: Arbitrary<PodAffinityTerm> = merged<PodAffinityTerm>(
  fc.record({ topologyKey }),
  sometimes(95, 'labelSelector', labelSelector),
  sometimes(15, 'namespaces', fc.subarray([...namespaceNames], { minLength: 1 })),
  sometimes(
    15,
    'namespaceSelector',
    fc.constantFrom({}, { matchLabels: { team: 't1' } }, { matchLabels: { team: 't2' } }),
  ),
);

const terms = merged<NonNullable<Affinity['podAffinity']>>(
  sometimes(55, 'requiredDuringSchedulingIgnoredDuringExecution', few(affinityTerm)),
  sometimes(
    55,
    'preferredDuringSchedulingIgnoredDuringExecution',
    few(fc.record({ weight: fc.constantFrom(1, 30, 100), podAffinityTerm: affinityTerm })),
  ),
);

const affinity = (betweenPods: boolean): Arbitrary<Affinity> =>
  merged<Affinity>(
    sometimes(40, 'nodeAffinity', nodeAffinity),
    sometimes(betweenPods ? 45 : 0, 'podAffinity', terms),
    sometimes(betweenPods ? 45 : 0, 'podAntiAffinity', terms),
  );

const toleration: Arbitrary<Toleration> = fc.oneof(
  fc.constantFrom<Toleration>(
    { operator: 'Exists' },
    { key: 'node.kubernetes.io/unschedulable', operator: 'Exists' },
    { key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' },
    { key: 'flaky', operator: 'Exists', effect: 'PreferNoSchedule' },
  ),
  merged<Toleration>(
    fc.record({ key: fc.constantFrom('dedicated', 'flaky'), value: fc.constantFrom('a', 'b') }),
    sometimes(50, 'operator', fc.constant('Equal')),
    sometimes(30, 'effect', fc.constantFrom('NoSchedule', 'NoExecute', 'PreferNoSchedule')),
  ),
);

const policy = fc.constantFrom('Honor', 'Ignore');

const constraint: Arbitrary<TopologySpreadConstraint> = fc.oneof(
  { weight: 1, arbitrary: constraintOf('ScheduleAnyway') },
  {
    weight: 1,
    arbitrary: merged<TopologySpreadConstraint>(
      constraintOf('DoNotSchedule'),
      sometimes(25, 'minDomains', fc.integer({ min: 1, max: 4 })),
    ),
  },
);

function constraintOf(whenUnsatisfiable: string): Arbitrary<TopologySpreadConstraint> {
  return merged<TopologySpreadConstraint>(
    fc.record({
      maxSkew: fc.constantFrom(1, 1, 2, 4),
      topologyKey: fc.constantFrom(hostname, zone, zone, 'rack'),
      whenUnsatisfiable: fc.constant(whenUnsatisfiable),
    }),
    sometimes(95, 'labelSelector', labelSelector),
    sometimes(20, 'matchLabelKeys', fc.constantFrom(['tier'], ['app', 'tier'])),
    sometimes(25, 'nodeAffinityPolicy', policy),
    sometimes(25, 'nodeTaintsPolicy', policy),
  );
}

const claimName = fc.oneof(
  { weight: 15, arbitrary: fc.constantFrom(...claimNames.filter((name) => name !== 'missing')) },
  { weight: 1, arbitrary: fc.constant('missing' as const) },
);
const volumes = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .uniqueArray(claimName, { minLength: 1, maxLength: 2 })
      .map((names) =>
        names.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .boolean()
      .map((readOnly) => [
        { name: 'disk', gcePersistentDisk: { pdName: 'pd', ...(readOnly ? { readOnly } : {}) } },
      ]),
  },
);

/** What looks further than one node and its pods. */
export type Rule = 'spread' | 'affinity' | 'volumes';

export interface PodOptions {
  /** The rules that some pods come with. */
  readonly rules: ReadonlySet<Rule>;
}

const spec = ({ rules }: PodOptions): Arbitrary<Partial<PodSpec>> =>
  merged<Partial<PodSpec>>(
    fc.record({ containers: few(container).map((all) => named('c', all)) }),
    sometimes(
      10,
      'initContainers',
      few(initContainer).map((all) => named('i', all)),
    ),
    sometimes(60, 'priority', fc.constantFrom(-5, 0, 10, 1000)),
    sometimes(10, 'preemptionPolicy', fc.constantFrom('Never', 'PreemptLowerPriority')),
    sometimes(5, 'overhead', fc.constantFrom({ cpu: '100m' }, { cpu: '50m', memory: '64Mi' })),
    sometimes(
      5,
      'resources',
      fc.constantFrom({ requests: { cpu: '500m' } }, { requests: { memory: '256Mi' } }),
    ),
    sometimes(
      12,
      'nodeSelector',
      fc.constantFrom<Labels>({ disk: 'ssd' }, { [zone]: 'z1' }, { disk: 'hdd', rack: 'r1' }),
    ),
    sometimes(45, 'affinity', affinity(rules.has('affinity'))),
    sometimes(40, 'tolerations', few(toleration)),
    sometimes(rules.has('spread') ? 35 : 0, 'topologySpreadConstraints', few(constraint)),
    sometimes(rules.has('volumes') ? 60 : 0, 'volumes', volumes),
  );

const owners = [
  {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: replicaSetName,
    uid: 'uid-rs',
    controller: true,
  },
];

/** A pod that waits; who uses it gives it a name of its own. */
export const arbitraryPod = (options: PodOptions): Arbitrary<Pod> =>
  fc
    .record({
      spec: spec(options),
      namespace: namespaceName,
      labels: podLabels,
      ownerReferences: fc.constantFrom([], [], owners),
    })
    .map((made) => {
      const { namespace, labels, ownerReferences } = made;
      return makePod('unnamed', made.spec, { metadata: { namespace, labels, ownerReferences } });
    });
