import type { Node, Pod } from '@berth/api';
import { imageLocality } from './images.ts';
import { namedNodes, nodeAffinity, nodeName, preferredNodeWeight } from './node-affinity.ts';
import { affinityScores, interPodAffinity } from './pod-affinity.ts';
import { nodePorts } from './ports.ts';
import { balancedAllocation, leastAllocated, nodeResourcesFit } from './resources.ts';
import { podTopologySpread, spreadScores } from './spread.ts';
import { nodeUnschedulable, softTaints, taintToleration } from './taints.ts';
import {
  nodeVolumeLimits,
  volumeBinding,
  volumeObstacle,
  volumeRestrictions,
  volumeZone,
} from './volumes.ts';
import type { Obstacle } from './volumes.ts';
import { isSamePod, priorityOf } from './world.ts';
import type { Filter, Refusal, World } from './world.ts';

/** What kube-scheduler's default profile says about one pod when it looks at every node. */
export interface Ruling {
  /** Set when no node was looked at. */
  readonly obstacle: Obstacle | undefined;
  readonly refusals: ReadonlyMap<string, Refusal>;
  readonly feasible: readonly string[];
  /** Per feasible node, each plugin's score before its weight. */
  readonly scores: ReadonlyMap<string, Readonly<Record<string, number>>>;
  readonly totals: ReadonlyMap<string, number>;
  /** The nodes of which one is chosen. */
  readonly best: ReadonlySet<string>;
}

/** In the order in which they are asked; the first refusal ends the questions for a node. */
const filters: readonly Filter[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  volumeRestrictions,
  nodeVolumeLimits,
  volumeBinding,
  volumeZone,
  podTopologySpread,
  interPodAffinity,
];

/** How much each plugin's score counts for. */
type Weights = ReadonlyMap<string, number>;

const defaultWeights: Weights = new Map(
  Object.entries({
    TaintToleration: 3,
    NodeAffinity: 2,
    PodTopologySpread: 2,
    InterPodAffinity: 2,
    NodeResourcesFit: 1,
    NodeResourcesBalancedAllocation: 1,
    ImageLocality: 1,
  }),
);

/** The gates that keep the pod from being looked at, in the words of its condition. */
export function gatesOf({ spec }: Pod): string | undefined {
  const names = (spec.schedulingGates ?? []).map(({ name }) => name);
  return names.length ? `waiting for scheduling gates: [${names.join(' ')}]` : undefined;
}

export function ruleOn(pod: Pod, world: World, weights = defaultWeights): Ruling {
  const obstacle = affinityObstacle(pod) ?? volumeObstacle(pod, world);
  const refusals = new Map<string, Refusal>();
  const feasible: Node[] = [];
  for (const node of world.nodes) {
    const refusal = obstacle
      ? { plugin: obstacle.plugin, reasons: [obstacle.reason], resolvable: false }
      : judge(pod, node, world);
    if (refusal) refusals.set(node.metadata.name, refusal);
    else feasible.push(node);
  }
  const scores = scoreAll(pod, feasible, world);
  const totals = new Map([...scores].map(([name, each]) => [name, totalOf(each, weights)]));
  return {
    obstacle,
    refusals,
    feasible: feasible.map(({ metadata }) => metadata.name),
    scores,
    totals,
    best: bestOf(pod, totals),
  };
}

/** Terms that name nodes which exclude each other. */
function affinityObstacle(pod: Pod): Obstacle | undefined {
  return namedNodes(pod)?.size === 0
    ? { plugin: 'NodeAffinity', reason: 'pod affinity terms conflict' }
    : undefined;
}

/** Pods that are promised to the node and as important count as there; and it must do without them, too. */
export function judge(pod: Pod, node: Node, world: World): Refusal | undefined {
  const named = namedNodes(pod);
  if (named && !named.has(node.metadata.name)) {
    const reason = "node(s) didn't satisfy plugin(s) [NodeAffinity]";
    return { plugin: 'NodeAffinity', reasons: [reason], resolvable: false };
  }
  const promised = world.pods.filter(
    (other) =>
      !other.spec.nodeName &&
      other.status?.nominatedNodeName === node.metadata.name &&
      !isSamePod(other, pod) &&
      priorityOf(other) >= priorityOf(pod),
  );
  const asPlaced = promised.map((other) => ({
    ...other,
    spec: { ...other.spec, nodeName: node.metadata.name },
  }));
  return ask(pod, node, { ...world, pods: [...world.pods, ...asPlaced] }) ?? ask(pod, node, world);
}

function ask(pod: Pod, node: Node, world: World): Refusal | undefined {
  for (const filter of filters) {
    const refusal = filter(pod, node, world);
    if (refusal) return refusal;
  }
  return undefined;
}

function scoreAll(pod: Pod, feasible: readonly Node[], world: World) {
  const taints = feasible.map((node) => softTaints(pod, node));
  const mostTaints = Math.max(0, ...taints);
  const preferred = feasible.map((node) => preferredNodeWeight(pod, node));
  const mostPreferred = Math.max(0, ...preferred);
  const spread = spreadScores(pod, feasible, world);
  const affinity = affinityScores(pod, feasible, world);
  const share = (score: number, most: number) =>
    most === 0 ? 0 : Math.trunc((100 * score) / most);
  return new Map(
    feasible.map((node, i) => [
      node.metadata.name,
      {
        TaintToleration: 100 - share(taints[i]!, mostTaints),
        NodeAffinity: share(preferred[i]!, mostPreferred),
        PodTopologySpread: spread[i]!,
        InterPodAffinity: affinity[i]!,
        NodeResourcesFit: leastAllocated(pod, node, world),
        NodeResourcesBalancedAllocation: balancedAllocation(pod, node, world),
        ImageLocality: imageLocality(pod, node, world),
      },
    ]),
  );
}

const totalOf = (scores: Readonly<Record<string, number>>, weights: Weights) =>
  Object.entries(scores).reduce((sum, [name, score]) => sum + score * (weights.get(name) ?? 0), 0);

/** The node that the pod was promised, when it will do; else all with the highest total. */
function bestOf(pod: Pod, totals: ReadonlyMap<string, number>): ReadonlySet<string> {
  const promised = pod.status?.nominatedNodeName;
  if (promised && totals.has(promised)) return new Set([promised]);
  const highest = Math.max(...totals.values());
  return new Set([...totals].filter(([, total]) => total === highest).map(([name]) => name));
}
