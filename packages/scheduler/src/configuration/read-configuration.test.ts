import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultMultiPoint } from './extension-points.ts';
import { ConfigurationError, readConfiguration } from './read-configuration.ts';
import { defaultConfiguration } from './scheduler-configuration.ts';
import type { ProfileConfiguration } from './scheduler-configuration.ts';

const head = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n';
const read = (rest: object) =>
  readConfiguration(
    JSON.stringify({
      apiVersion: 'kubescheduler.config.k8s.io/v1',
      kind: 'KubeSchedulerConfiguration',
      ...rest,
    }),
  );
const yaml = (rest: string) => readConfiguration(head + rest);

function problemsOf(configure: () => unknown): readonly string[] {
  try {
    configure();
  } catch (err) {
    assert.ok(err instanceof ConfigurationError, String(err));
    return err.problems;
  }
  return [];
}

const profile = (rest: string): ProfileConfiguration =>
  yaml(`profiles:\n- ${rest.trim().replaceAll('\n', '\n  ')}`).profiles[0]!;
const profileProblems = (rest: string) => problemsOf(() => profile(rest));

describe('readConfiguration', () => {
  it('gives the default profile and upstream’s defaults when nothing is said', () => {
    assert.deepEqual(yaml(''), defaultConfiguration);
    const { points, weights } = defaultConfiguration.profiles[0]!;
    assert.deepEqual(points.filter, [
      'NodeUnschedulable',
      'NodeName',
      'TaintToleration',
      'NodeAffinity',
      'NodePorts',
      'NodeResourcesFit',
      'VolumeRestrictions',
      'NodeVolumeLimits',
      'VolumeBinding',
      'VolumeZone',
      'PodTopologySpread',
      'InterPodAffinity',
      'DynamicResources',
    ]);
    assert.deepEqual(Object.fromEntries(weights), {
      TaintToleration: 3,
      NodeAffinity: 2,
      NodeResourcesFit: 1,
      VolumeBinding: 1,
      PodTopologySpread: 2,
      InterPodAffinity: 2,
      NodeResourcesBalancedAllocation: 1,
      ImageLocality: 1,
    });
    assert.deepEqual([points.queueSort, points.bind], [['PrioritySort'], ['DefaultBinder']]);
  });

  it('reads what a cluster says of itself', () => {
    const configuration = yaml(`
leaderElection: {leaderElect: false, leaseDuration: 30s, resourceName: batch-scheduler}
clientConnection: {kubeconfig: /etc/scheduler.conf, qps: 200, burst: 400}
podInitialBackoffSeconds: 2
podMaxBackoffSeconds: 20
percentageOfNodesToScore: 30
`);
    assert.equal(configuration.leaderElection.leaderElect, false);
    assert.equal(configuration.leaderElection.leaseDurationMs, 30_000);
    assert.equal(configuration.leaderElection.resourceName, 'batch-scheduler');
    assert.deepEqual(configuration.clientConnection, {
      kubeconfig: '/etc/scheduler.conf',
      qps: 200,
      burst: 400,
    });
    assert.deepEqual(
      [configuration.podInitialBackoffMs, configuration.podMaxBackoffMs],
      [2_000, 20_000],
    );
    assert.match(configuration.remarks.join(), /every node is considered/);
  });

  it('names every unknown field with its path, and everything else that is wrong, at once', () => {
    const problems = problemsOf(() =>
      yaml(`
percentageOfNodes: 3
percentageOfNodesToScore: 101
parallelism: 0
podInitialBackoffSeconds: 20
leaderElection: {leaseDuration: 5s, resourceLock: endpoints}
clientConnection: {burst: -1, qps: many}
profiles:
- schedulerName: a
  plugins: {score: {enable: []}}
  pluginConfig:
  - name: NodeResourcesFit
    args: {scoringStrategy: {type: Best}}
  - name: NodeAffinity
    args: {addedAffinity: {requiredDuringScheduling: {}}}
- schedulerName: a
extenders: [{urlPrefix: http://x}]
`),
    );
    assert.deepEqual(
      [...problems].sort(),
      [
        'clientConnection.burst: Invalid value: -1: must be non-negative',
        'clientConnection.qps: Invalid value: "many": must be a number',
        'extenders: Forbidden: this scheduler calls no extenders: write a plugin',
        'leaderElection.leaseDuration: Invalid value: "10s": must be greater than `RenewDeadline`',
        'leaderElection.resourceLock: Invalid value: "endpoints": resourceLock value must be "leases"',
        'parallelism: Invalid value: 0: should be an integer value greater than zero',
        'percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]',
        'podMaxBackoffSeconds: Invalid value: 10: must be greater than or equal to PodInitialBackoffSeconds',
        'profiles[0].pluginConfig[0].args.scoringStrategy.type: Unsupported value: "Best": supported values: "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"',
        'profiles[1].schedulerName: Duplicate value: "profiles[0].schedulerName"',
        'unknown field "percentageOfNodes"',
        'unknown field "profiles[0].pluginConfig[1].args.addedAffinity.requiredDuringScheduling"',
        'unknown field "profiles[0].plugins.score.enable"',
      ].sort(),
    );
  });

  it('refuses files of another kind or version', () => {
    for (const file of ['', '[1]', 'kind: Pod\napiVersion: v1', head.replace('/v1', '/v1beta3')]) {
      assert.match(problemsOf(() => readConfiguration(file))[0]!, /no kind/);
    }
    assert.match(problemsOf(() => readConfiguration('{'))[0]!, /yaml/i);
    assert.match(problemsOf(() => yaml('parallelism: 1\nparallelism: 2'))[0]!, /parallelism/);
  });

  it('never fails otherwise, whatever stands in the file', () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 3 }), (rest) => {
        problemsOf(() => read({ ...rest, profiles: [rest] }));
      }),
      { numRuns: 200 },
    );
  });

  it('needs a name for each of several profiles, and the same queue sort', () => {
    assert.deepEqual(
      problemsOf(() =>
        yaml(`profiles:
- {schedulerName: a}
- {plugins: {queueSort: {enabled: [{name: PrioritySort}]}}}`),
      ),
      [
        'profiles[1].schedulerName: Required value',
        'profiles[1].plugins.queueSort: Invalid value: {"enabled":[{"name":"PrioritySort"}]}: must be the same for all profiles',
      ],
    );
  });
});

describe('plugins of a profile', () => {
  it('are disabled at one point, at all, or all of them', () => {
    const one = profile('plugins: {score: {disabled: [{name: ImageLocality}]}}');
    assert.ok(!one.weights.has('ImageLocality'));
    assert.ok(one.points.filter.includes('NodeName'));
    const everywhere = profile('plugins: {multiPoint: {disabled: [{name: InterPodAffinity}]}}');
    assert.ok(!everywhere.weights.has('InterPodAffinity'));
    assert.ok(!everywhere.points.filter.includes('InterPodAffinity'));
    assert.deepEqual(profile("plugins: {score: {disabled: [{name: '*'}]}}").points.score, []);
    const few = profile(`plugins:
  multiPoint:
    disabled: [{name: '*'}]
    enabled: [{name: PrioritySort}, {name: DefaultBinder}, {name: NodeResourcesFit, weight: 7}]`);
    assert.deepEqual(few.points.filter, ['NodeResourcesFit']);
    assert.deepEqual([...few.weights], [['NodeResourcesFit', 7]]);
  });

  it('are held to queues when they ask for that', () => {
    assert.ok(!profile('').points.preEnqueue.includes('FairQueues'));
    const fair = profile(`plugins: {multiPoint: {enabled: [{name: FairQueues}]}}
pluginConfig: [{name: FairQueues, args: {defaultQueue: rest}}]`);
    assert.deepEqual(fair.points.preEnqueue, ['SchedulingGates', 'GangScheduling', 'FairQueues']);
    assert.deepEqual(fair.points.postFilter, ['DefaultPreemption', 'FairQueues']);
    assert.equal(fair.args.FairQueues.defaultQueue, 'rest');
  });

  it('come in upstream’s order: what the point overrides, what multiPoint brings, the rest', () => {
    const { points } = profile(`plugins:
  multiPoint: {disabled: [{name: VolumeZone}]}
  filter: {enabled: [{name: VolumeZone}, {name: NodePorts}, {name: NodeName}]}`);
    assert.deepEqual(points.filter.slice(0, 3), ['NodePorts', 'NodeName', 'NodeUnschedulable']);
    assert.equal(points.filter.at(-1), 'VolumeZone');
  });

  it('take their weight from the score point first, then from multiPoint, then from the defaults', () => {
    const weights = (sets: string) => profile(`plugins: ${sets}`).weights.get('TaintToleration');
    assert.equal(weights('{multiPoint: {enabled: [{name: TaintToleration, weight: 9}]}}'), 9);
    assert.equal(
      weights(
        '{multiPoint: {enabled: [{name: TaintToleration, weight: 9}]}, score: {enabled: [{name: TaintToleration, weight: 4}]}}',
      ),
      4,
    );
    assert.equal(weights('{score: {enabled: [{name: TaintToleration}]}}'), 1);
    assert.equal(weights('{}'), 3);
  });

  it('must exist, fit their point, and be named once', () => {
    assert.deepEqual(
      profileProblems(`plugins:
  multiPoint: {enabled: [{name: Nowhere}, {name: NodeName}, {name: NodeName}]}
  filter: {enabled: [{name: ImageLocality}, {name: Gone}, {name: NodePorts}, {name: NodePorts}]}`),
      [
        'profiles[0].plugins: PreFilterPlugin "Nowhere" does not exist',
        'profiles[0].plugins: plugin "ImageLocality" does not extend FilterPlugin plugin',
        'profiles[0].plugins: FilterPlugin "Gone" does not exist',
        'profiles[0].plugins: plugin "NodePorts" already registered as "FilterPlugin"',
        'profiles[0].plugins: plugin "NodeName" already registered as "FilterPlugin"',
      ],
    );
    assert.deepEqual(profileProblems("plugins: {multiPoint: {disabled: [{name: '*'}]}}"), [
      'profiles[0].plugins: only one queue sort plugin required for profile with scheduler name "default-scheduler", but got 0',
      'profiles[0].plugins: at least one bind plugin is needed for profile with scheduler name "default-scheduler"',
    ]);
  });

  it('are the default ones less those disabled, whatever the order', () => {
    const names = defaultMultiPoint
      .map(({ name }) => name)
      .filter((name) => name !== 'PrioritySort' && name !== 'DefaultBinder');
    const everything = new Set(defaultConfiguration.profiles[0]!.points.filter);
    fc.assert(
      fc.property(fc.shuffledSubarray(names), (disabled) => {
        const { profiles } = read({
          profiles: [{ plugins: { multiPoint: { disabled: disabled.map((name) => ({ name })) } } }],
        });
        assert.deepEqual(
          profiles[0]!.points.filter,
          [...everything].filter((name) => !disabled.includes(name)),
        );
      }),
      { numRuns: 50 },
    );
  });
});

describe('arguments of plugins', () => {
  const args = (name: string, given: string) =>
    profile(`pluginConfig:\n- name: ${name}\n  args: ${given}`).args;
  const problems = (name: string, given: string) =>
    profileProblems(`pluginConfig:\n- name: ${name}\n  args: ${given}`).map((problem) =>
      problem.replace('profiles[0].pluginConfig[0].args.', ''),
    );

  it('are read with upstream’s defaults', () => {
    assert.deepEqual(
      args(
        'NodeResourcesFit',
        `{apiVersion: kubescheduler.config.k8s.io/v1, kind: NodeResourcesFitArgs, ignoredResources: [example.com/a],
          scoringStrategy: {type: RequestedToCapacityRatio, resources: [{name: cpu}, {name: example.com/gpu, weight: 5}],
          requestedToCapacityRatio: {shape: [{utilization: 0, score: 10}, {utilization: 100}]}}}`,
      ).NodeResourcesFit,
      {
        ignoredResources: ['example.com/a'],
        ignoredResourceGroups: [],
        scoringStrategy: {
          type: 'RequestedToCapacityRatio',
          resources: [
            { name: 'cpu', weight: 1 },
            { name: 'example.com/gpu', weight: 5 },
          ],
          requestedToCapacityRatio: {
            shape: [
              { utilization: 0, score: 10 },
              { utilization: 100, score: 0 },
            ],
          },
        },
      },
    );
    assert.deepEqual(args('PodTopologySpread', '{defaultingType: List}').PodTopologySpread, {
      defaultConstraints: [],
    });
    assert.equal(
      args('InterPodAffinity', '{hardPodAffinityWeight: 0}').InterPodAffinity.hardPodAffinityWeight,
      0,
    );
    assert.equal(
      args('VolumeBinding', '{bindTimeoutSeconds: 30}').VolumeBinding.bindTimeoutMs,
      30_000,
    );
    const added =
      '{addedAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: pool, operator: In, values: [a]}]}]}}}';
    assert.equal(
      args('NodeAffinity', added).NodeAffinity.addedAffinity
        ?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms.length,
      1,
    );
  });

  const refusals: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'NodeResourcesFit',
      '{scoringStrategy: {type: RequestedToCapacityRatio, requestedToCapacityRatio: {}}}',
      [
        'scoringStrategy.requestedToCapacityRatio.shape: Required value: at least one point must be specified',
      ],
    ],
    [
      'NodeResourcesFit',
      '{scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 101}], requestedToCapacityRatio: {shape: [{}]}}}',
      [
        'scoringStrategy.resources[0].weight: Invalid value: 101: resource weight of cpu not in valid range (0, 100]',
        'scoringStrategy.requestedToCapacityRatio: Forbidden: must be nil when type is not RequestedToCapacityRatio',
      ],
    ],
    [
      'NodeResourcesFit',
      '{scoringStrategy: {type: RequestedToCapacityRatio, requestedToCapacityRatio: {shape: [{utilization: 50, score: 11}, {utilization: 50}]}}}',
      [
        'scoringStrategy.requestedToCapacityRatio.shape[1].utilization: Invalid value: 50: values must be sorted in increasing order',
        'scoringStrategy.requestedToCapacityRatio.shape[0].score: Invalid value: 11: not in valid range [0, 10]',
      ],
    ],
    [
      'NodeResourcesFit',
      '{ignoredResourceGroups: [example.com/a]}',
      [
        "ignoredResourceGroups[0]: Invalid value: \"example.com/a\": resource group name can't contain '/'",
      ],
    ],
    [
      'PodTopologySpread',
      '{defaultConstraints: [{maxSkew: 0, topologyKey: zone, whenUnsatisfiable: Maybe, labelSelector: {}}]}',
      [
        'defaultingType: Invalid value: "System": when .defaultConstraints are not empty',
        'defaultConstraints[0].maxSkew: Invalid value: 0: not in valid range (0, inf)',
        'defaultConstraints[0].whenUnsatisfiable: Unsupported value: "Maybe": supported values: "DoNotSchedule", "ScheduleAnyway"',
        'defaultConstraints[0].labelSelector: Forbidden: constraint must not define a selector, as they deduced for each pod',
      ],
    ],
    [
      'FairQueues',
      '{defaultQueue: All}',
      [
        `defaultQueue: Invalid value: "All": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
      ],
    ],
    [
      'InterPodAffinity',
      '{hardPodAffinityWeight: 101}',
      ['hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]'],
    ],
    [
      'DefaultPreemption',
      '{minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0}',
      [
        'minCandidateNodesPercentage: Invalid value: 0: cannot be zero at the same time as minCandidateNodesAbsolute',
        'minCandidateNodesAbsolute: Invalid value: 0: cannot be zero at the same time as minCandidateNodesPercentage',
      ],
    ],
    [
      'NodeResourcesBalancedAllocation',
      '{resources: [{name: cpu, weight: 2}, {name: cpu}]}',
      [
        'resources[0].weight: Invalid value: 2: must be 1',
        'resources[1].name: Duplicate value: "cpu"',
      ],
    ],
    [
      'VolumeBinding',
      '{bindTimeoutSeconds: -1}',
      [
        'bindTimeoutSeconds: Invalid value: -1: invalid BindTimeoutSeconds, should not be a negative value',
      ],
    ],
    [
      'NodeAffinity',
      '{addedAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: {matchExpressions: [{key: pool, operator: In}, {key: pool, operator: Near}]}}]}}',
      [
        "addedAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
        'addedAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[1].operator: Unsupported value: "Near": supported values: "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"',
      ],
    ],
  ];
  for (const [name, given, expected] of refusals) {
    it(`of ${name} are refused: ${given.slice(0, 60)}`, () => {
      assert.deepEqual(problems(name, given), expected);
    });
  }

  it('of a plugin that is code of the user’s name the code', () => {
    const { modules, points, weights } = profile(`plugins:
  multiPoint: {enabled: [{name: Pinned, weight: 4}]}
pluginConfig:
- name: Pinned
  args: {module: ./pinned.ts, timeout: 20ms, config: {pool: a}}`);
    assert.deepEqual(modules.get('Pinned'), {
      module: './pinned.ts',
      timeoutMs: 20,
      config: { pool: 'a' },
    });
    assert.equal(points.filter.at(-1), 'Pinned');
    assert.equal(weights.get('Pinned'), 4);
    assert.match(problems('Pinned', '{timeout: 0s}')[0]!, /module: Required value/);
    assert.match(problems('NodeName', '{a: 1}')[0]!, /takes no args/);
  });
});
