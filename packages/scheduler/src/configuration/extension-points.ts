/** Where upstream's framework asks plugins, in the order in which it reports them. */
export const extensionPoints = [
  'preFilter',
  'filter',
  'postFilter',
  'reserve',
  'preScore',
  'score',
  'preBind',
  'bind',
  'postBind',
  'permit',
  'preEnqueue',
  'queueSort',
] as const;

export type ExtensionPoint = (typeof extensionPoints)[number];

/** As error texts name the interface of a point: `FilterPlugin`. */
export const interfaceOf = (point: ExtensionPoint): string =>
  `${point.charAt(0).toUpperCase()}${point.slice(1)}Plugin`;

interface BuiltIn {
  readonly name: string;
  /** Absent means 1. */
  readonly weight?: number;
  readonly points: readonly ExtensionPoint[];
}

const filters = ['preFilter', 'filter'] as const;
const scores = ['preScore', 'score'] as const;

/** The default profile: upstream's plugins in upstream's order, and the points that each is asked at. */
export const defaultMultiPoint: readonly BuiltIn[] = [
  { name: 'SchedulingGates', points: ['preEnqueue'] },
  { name: 'PrioritySort', points: ['queueSort'] },
  { name: 'NodeUnschedulable', points: ['filter'] },
  { name: 'NodeName', points: ['filter'] },
  { name: 'TaintToleration', weight: 3, points: ['filter', ...scores] },
  { name: 'NodeAffinity', weight: 2, points: [...filters, ...scores] },
  { name: 'NodePorts', points: filters },
  { name: 'NodeResourcesFit', weight: 1, points: [...filters, ...scores] },
  { name: 'VolumeRestrictions', points: filters },
  { name: 'NodeVolumeLimits', points: filters },
  { name: 'VolumeBinding', points: [...filters, 'reserve', 'preBind', ...scores] },
  { name: 'VolumeZone', points: filters },
  { name: 'PodTopologySpread', weight: 2, points: [...filters, ...scores] },
  { name: 'InterPodAffinity', weight: 2, points: [...filters, ...scores] },
  { name: 'DynamicResources', points: filters },
  { name: 'DefaultPreemption', points: ['postFilter'] },
  { name: 'NodeResourcesBalancedAllocation', weight: 1, points: scores },
  { name: 'ImageLocality', weight: 1, points: ['score'] },
  { name: 'DefaultBinder', points: ['bind'] },
  // Upstream's gates GenericWorkload and GangScheduling add it here.
  { name: 'GangScheduling', points: ['permit', 'preEnqueue'] },
];

/** Plugins of the project's own, which are asked where a profile enables them. */
const optional: readonly BuiltIn[] = [{ name: 'FairQueues', points: ['postFilter', 'preEnqueue'] }];

/** The points of a built-in plugin; undefined for a plugin that is not one. */
export const pointsOf = (name: string): readonly ExtensionPoint[] | undefined =>
  [...defaultMultiPoint, ...optional].find((plugin) => plugin.name === name)?.points;
