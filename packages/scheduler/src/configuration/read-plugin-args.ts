import {
  dnsSubdomain,
  duplicate,
  forbiddenField,
  invalidEach,
  invalidValue,
  notSupported,
  qualifiedName,
  required,
} from '@berth/api';
import type { FieldError, NodeAffinity, TopologySpreadConstraint } from '@berth/api';
import { scoredResources } from '../plugins/scoring-strategy.ts';
import type { ScoringStrategy } from '../plugins/scoring-strategy.ts';
import { apiType, integer, list, struct, text, truth } from './fields.ts';
import type { Read, Struct } from './fields.ts';
import { defaultPluginArgs } from './plugin-args.ts';
import type { PluginArgs } from './plugin-args.ts';
import { validateNodeAffinity } from './validate-node-affinity.ts';

/** What was read, with defaults, and what validation has against it. */
interface Checked<T> {
  readonly args: T;
  readonly errors: readonly FieldError[];
}

type ReadArgs<T> = (value: unknown, path: string, problems: string[]) => Checked<T>;

const args =
  <W, T>(read: Read<W>, check: (written: W, path: string) => Checked<T>): ReadArgs<T> =>
  (value, path, problems) =>
    check(read(value ?? {}, path, problems) ?? ({} as W), path);

/** Every kind of arguments may say what it is. */
const typeMeta = { apiVersion: text, kind: text };
const resources = list(struct({ name: text, weight: integer }));
const shape = list(struct({ utilization: integer, score: integer }));
const strategyFields = {
  type: text,
  resources,
  requestedToCapacityRatio: struct({ shape }),
};

const leastAllocated: ScoringStrategy = { type: 'LeastAllocated', resources: scoredResources };

const nodeResourcesFit = args(
  struct({
    ...typeMeta,
    ignoredResources: list(text),
    ignoredResourceGroups: list(text),
    scoringStrategy: struct(strategyFields),
  }),
  ({ ignoredResources = [], ignoredResourceGroups = [], scoringStrategy }, path) => {
    const { strategy, errors } = scoringStrategy
      ? checkStrategy(scoringStrategy, `${path}.scoringStrategy`)
      : { strategy: leastAllocated, errors: [] };
    return {
      args: { ignoredResources, ignoredResourceGroups, scoringStrategy: strategy },
      errors: [
        ...ignoredResources.flatMap((name, i) =>
          invalidEach(`${path}.ignoredResources[${i}]`, name, qualifiedName(name)),
        ),
        ...ignoredResourceGroups.flatMap((group, i) => [
          ...(group.includes('/')
            ? [
                invalidValue(
                  `${path}.ignoredResourceGroups[${i}]`,
                  group,
                  "resource group name can't contain '/'",
                ),
              ]
            : []),
          ...invalidEach(`${path}.ignoredResourceGroups[${i}]`, group, qualifiedName(group)),
        ]),
        ...errors,
      ],
    };
  },
);

const strategies = ['LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio'] as const;

function checkStrategy(written: Struct<typeof strategyFields>, path: string) {
  const type = strategies.find((name) => name === written.type);
  const ratio = written.requestedToCapacityRatio;
  const resources = weighted(written.resources);
  const shape = (ratio?.shape ?? []).map(({ utilization = 0, score = 0 }) => ({
    utilization,
    score,
  }));
  const strategy: ScoringStrategy =
    type === 'RequestedToCapacityRatio'
      ? { type, resources, requestedToCapacityRatio: { shape } }
      : { type: type ?? 'LeastAllocated', resources };
  const ratioPath = `${path}.requestedToCapacityRatio`;
  const errors = [
    ...(type ? [] : [notSupported(`${path}.type`, written.type ?? '', strategies)]),
    ...resources.flatMap(({ name, weight }, i) =>
      weight <= 0 || weight > 100
        ? [
            invalidValue(
              `${path}.resources[${i}].weight`,
              weight,
              `resource weight of ${name} not in valid range (0, 100]`,
            ),
          ]
        : [],
    ),
    ...(type === 'RequestedToCapacityRatio'
      ? ratio
        ? checkShape(shape, `${ratioPath}.shape`)
        : [required(ratioPath, 'must be specified when type is RequestedToCapacityRatio')]
      : ratio
        ? [forbiddenField(ratioPath, 'must be nil when type is not RequestedToCapacityRatio')]
        : []),
  ];
  return { strategy, errors };
}

interface Weighted {
  readonly name: string;
  readonly weight: number;
}

/** No weight and a weight of 0 mean 1; no resources mean cpu and memory. */
const weighted = (written: ReturnType<typeof resources> = []): readonly Weighted[] =>
  written.length === 0
    ? scoredResources
    : written.map(({ name = '', weight = 0 }) => ({ name, weight: weight || 1 }));

interface Point {
  readonly utilization: number;
  readonly score: number;
}

function checkShape(points: readonly Point[], path: string): readonly FieldError[] {
  if (points.length === 0) return [required(path, 'at least one point must be specified')];
  const unsorted = points.findIndex(
    ({ utilization }, i) => i > 0 && points[i - 1]!.utilization >= utilization,
  );
  return [
    ...(unsorted > 0
      ? [
          invalidValue(
            `${path}[${unsorted}].utilization`,
            points[unsorted]!.utilization,
            'values must be sorted in increasing order',
          ),
        ]
      : []),
    ...points.flatMap(({ utilization, score }, i) => [
      ...within(`${path}[${i}].utilization`, utilization, 0, 100),
      ...within(`${path}[${i}].score`, score, 0, 10),
    ]),
  ];
}

const within = (path: string, value: number, min: number, max: number): readonly FieldError[] =>
  value < min || value > max
    ? [invalidValue(path, value, `not in valid range [${min}, ${max}]`)]
    : [];

const balancedAllocation = args(struct({ ...typeMeta, resources }), (written, path) => {
  const checked = weighted(written.resources);
  const seen = new Set<string>();
  const errors = checked.flatMap(({ name, weight }, i) => {
    const repeated = seen.has(name);
    seen.add(name);
    return [
      ...(repeated ? [duplicate(`${path}.resources[${i}].name`, name)] : []),
      ...(weight === 1
        ? []
        : [invalidValue(`${path}.resources[${i}].weight`, weight, 'must be 1')]),
    ];
  });
  return { args: { resources: checked }, errors };
});

const actions = ['DoNotSchedule', 'ScheduleAnyway'];

const podTopologySpread = args(
  struct({
    ...typeMeta,
    defaultConstraints: list(apiType<TopologySpreadConstraint>('TopologySpreadConstraint')),
    defaultingType: text,
  }),
  ({ defaultConstraints = [], defaultingType = 'System' }, path) => ({
    args: defaultingType === 'List' ? { defaultConstraints } : {},
    errors: [
      ...(!['System', 'List'].includes(defaultingType)
        ? [notSupported(`${path}.defaultingType`, defaultingType, ['System', 'List'])]
        : defaultingType === 'System' && defaultConstraints.length > 0
          ? [
              invalidValue(
                `${path}.defaultingType`,
                defaultingType,
                'when .defaultConstraints are not empty',
              ),
            ]
          : []),
      ...defaultConstraints.flatMap((constraint, i) =>
        checkConstraint(constraint, i, defaultConstraints, `${path}.defaultConstraints`),
      ),
    ],
  }),
);

function checkConstraint(
  constraint: Partial<TopologySpreadConstraint>,
  index: number,
  all: readonly Partial<TopologySpreadConstraint>[],
  path: string,
): readonly FieldError[] {
  const { maxSkew = 0, topologyKey = '', whenUnsatisfiable: action = '' } = constraint;
  const own = `${path}[${index}]`;
  const isRepeated = all
    .slice(0, index)
    .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === action);
  return [
    ...(maxSkew > 0
      ? []
      : [invalidValue(`${own}.maxSkew`, maxSkew, 'not in valid range (0, inf)')]),
    ...(topologyKey
      ? invalidEach(`${own}.topologyKey`, topologyKey, qualifiedName(topologyKey))
      : [required(`${own}.topologyKey`, 'can not be empty')]),
    ...(action === ''
      ? [required(`${own}.whenUnsatisfiable`, 'can not be empty')]
      : actions.includes(action)
        ? []
        : [notSupported(`${own}.whenUnsatisfiable`, action, actions)]),
    ...(constraint.labelSelector
      ? [
          forbiddenField(
            `${own}.labelSelector`,
            'constraint must not define a selector, as they deduced for each pod',
          ),
        ]
      : []),
    ...(isRepeated ? [duplicate(own, `{${topologyKey}, ${action}}`)] : []),
  ];
}

const interPodAffinity = args(
  struct({
    ...typeMeta,
    hardPodAffinityWeight: integer,
    ignorePreferredTermsOfExistingPods: truth,
  }),
  (
    { hardPodAffinityWeight = 1, ignorePreferredTermsOfExistingPods = false },
    path,
  ): Checked<PluginArgs['InterPodAffinity']> => ({
    args: { hardPodAffinityWeight, ignorePreferredTermsOfExistingPods },
    errors: within(`${path}.hardPodAffinityWeight`, hardPodAffinityWeight, 0, 100),
  }),
);

const nodeAffinity = args(
  struct({ ...typeMeta, addedAffinity: apiType<NodeAffinity>('NodeAffinity') }),
  ({ addedAffinity }, path): Checked<PluginArgs['NodeAffinity']> => ({
    args: addedAffinity ? { addedAffinity } : {},
    errors: addedAffinity ? validateNodeAffinity(addedAffinity, `${path}.addedAffinity`) : [],
  }),
);

const defaultPreemption = args(
  struct({
    ...typeMeta,
    minCandidateNodesPercentage: integer,
    minCandidateNodesAbsolute: integer,
  }),
  ({ minCandidateNodesPercentage = 10, minCandidateNodesAbsolute = 100 }, path) => {
    const [percentage, absolute] = ['Percentage', 'Absolute'].map(
      (part) => `${path}.minCandidateNodes${part}`,
    ) as [string, string];
    return {
      args: { minCandidateNodesPercentage, minCandidateNodesAbsolute },
      errors: [
        ...within(percentage, minCandidateNodesPercentage, 0, 100),
        ...(minCandidateNodesAbsolute < 0
          ? [invalidValue(absolute, minCandidateNodesAbsolute, 'not in valid range [0, inf)')]
          : []),
        ...(minCandidateNodesPercentage === 0 && minCandidateNodesAbsolute === 0
          ? [
              invalidValue(
                percentage,
                0,
                'cannot be zero at the same time as minCandidateNodesAbsolute',
              ),
              invalidValue(
                absolute,
                0,
                'cannot be zero at the same time as minCandidateNodesPercentage',
              ),
            ]
          : []),
      ],
    };
  },
);

const volumeBinding = args(
  struct({ ...typeMeta, bindTimeoutSeconds: integer, shape }),
  ({ bindTimeoutSeconds = 600, shape: points }, path) => ({
    args: { bindTimeoutMs: bindTimeoutSeconds * 1000 },
    errors: [
      ...(bindTimeoutSeconds < 0
        ? [
            invalidValue(
              `${path}.bindTimeoutSeconds`,
              bindTimeoutSeconds,
              'invalid BindTimeoutSeconds, should not be a negative value',
            ),
          ]
        : []),
      // Upstream's words for its default, where the feature gate StorageCapacityScoring is off.
      ...(points
        ? [
            invalidValue(
              `${path}.shape`,
              points,
              'unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring',
            ),
          ]
        : []),
    ],
  }),
);

const fairQueues = args(
  struct({ ...typeMeta, defaultQueue: text }),
  ({ defaultQueue = defaultPluginArgs.FairQueues.defaultQueue }, path) => ({
    args: { defaultQueue },
    errors: invalidEach(`${path}.defaultQueue`, defaultQueue, dnsSubdomain(defaultQueue)),
  }),
);

/** One row per built-in plugin that takes arguments. */
export const readPluginArgs: { readonly [N in keyof PluginArgs]: ReadArgs<PluginArgs[N]> } = {
  NodeResourcesFit: nodeResourcesFit,
  NodeResourcesBalancedAllocation: balancedAllocation,
  PodTopologySpread: podTopologySpread,
  InterPodAffinity: interPodAffinity,
  NodeAffinity: nodeAffinity,
  DefaultPreemption: defaultPreemption,
  VolumeBinding: volumeBinding,
  FairQueues: fairQueues,
};
