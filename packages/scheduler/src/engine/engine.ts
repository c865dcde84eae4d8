import type { ClusterState } from '../cluster-state.ts';
import type { Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { countReasons } from './choose.ts';
import { createClassCache } from './class-cache.ts';
import type { Decision, NodeReport } from './decision.ts';
import { decideAsking } from './decide-asking.ts';
import { decidePlainly } from './decide-plainly.ts';
import { judge } from './judge.ts';
import type { Judgement } from './judge.ts';
import { namedNodes, unnamed, withUnnamed } from './named-nodes.ts';
import { opinionsOn, release } from './opinions.ts';
import type { Opinion } from './opinions.ts';
import { judgeWithPromises, promisedBefore } from './promises.ts';
import { reportOn } from './report.ts';
import type { ShapeClass } from './shape-class.ts';
import { isKept, onlyKept, together, unkeptOn } from './unkept.ts';

/** Decides over all nodes, by one profile's plugins, on a cluster's state as it is at the moment of the question. */
export interface Engine {
  /** Where the pod goes. The state stays as it is: to place the pod is the caller's. */
  decide(pod: PodInfo): Decision;
  /** Whether some node would take the pod now. Costs next to nothing while nothing changes. */
  isPlaceable(pod: PodInfo): boolean;
  /** Whether this node would take the pod, and who refuses. */
  judge(pod: PodInfo, node: NodeInfo): Judgement;
  /** Everything that the plugins have to say, node by node. Works all of it out: for people who ask, not for loops. */
  explain(pod: PodInfo): readonly NodeReport[];
}

export interface EngineOptions {
  readonly state: ClusterState;
  /** In the order in which they are asked. */
  readonly plugins: readonly Plugin[];
  /** What may be kept of earlier answers. */
  readonly cacheBytes?: number;
}

/**
 * Up to so many nodes with promised pods, a node that would not do anyway is said to refuse for what it lacks with the
 * promised pods on it, as upstream says; beyond that, for what it lacks without them.
 */
const fewPromises = 64;
/** Enough for a thousand classes on 5,000 nodes. */
const defaultCacheBytes = 160 * 1024 * 1024;

export function createEngine(options: EngineOptions): Engine {
  const { state, plugins, cacheBytes = defaultCacheBytes } = options;
  const classes = createClassCache(state, onlyKept(plugins), cacheBytes);
  const isAllKept = plugins.every(isKept);

  const asking = <T>(pod: PodInfo, use: (opinions: readonly Opinion[]) => T): T => {
    const opinions = opinionsOn(pod, state, plugins);
    try {
      return use(opinions);
    } finally {
      release(opinions);
    }
  };
  const obstacleTo = (pod: PodInfo): Judgement | undefined => {
    for (const { name, obstacle } of plugins) {
      const verdict = obstacle?.(pod, state);
      if (verdict) return { verdict, refusedBy: name };
    }
    return undefined;
  };
  /** Opinions hold what they were made for; pods that are put on the node to try it out may ask for more. */
  const askingAgain = (pod: PodInfo, opinions: readonly Opinion[], node: NodeInfo): Judgement =>
    opinions.some(({ partition }) => partition?.isStale())
      ? asking(pod, (fresh) => judge(fresh, node))
      : judge(opinions, node);
  const judging = (pod: PodInfo, opinions: readonly Opinion[]) => {
    const obstacle = obstacleTo(pod);
    const named = namedNodes(pod, plugins);
    return (node: NodeInfo): Judgement => {
      if (obstacle) return obstacle;
      if (named && !named.names.has(node.name))
        return { verdict: unnamed(named), refusedBy: named.plugins[0]! };
      return judgeWithPromises(state, pod, node, (each) => askingAgain(pod, opinions, each));
    };
  };
  const decideAmong = (pod: PodInfo, nodes: Iterable<NodeInfo>): Decision =>
    asking(pod, (opinions) => decidePlainly(opinions, nodes, judging(pod, opinions)));

  /** The nodes, of those for which `isAsked` holds, that pods which were promised a place there are in the way of. */
  const spokenFor = (
    pod: PodInfo,
    shapeClass: ShapeClass,
    isAsked: (node: number) => boolean,
  ): ReadonlyMap<number, Judgement> => {
    const refused = new Map<number, Judgement>();
    if (state.nominated.size === 0) return refused;
    const judgeNode = judging(pod, shapeClass.panel().opinions);
    for (const nodeName of state.nominated.keys()) {
      const node = state.node(nodeName);
      if (!node || !isAsked(node.index)) continue;
      if (promisedBefore(state, pod, nodeName).length === 0) continue;
      const judgement = judgeNode(node);
      if (!judgement.verdict.ok) refused.set(node.index, judgement);
    }
    return refused;
  };
  const decideByClass = (pod: PodInfo): Decision => {
    const shapeClass = classes.of(pod);
    let choice = shapeClass.choose();
    let refused: ReadonlyMap<number, Judgement> = new Map();
    if (choice) {
      refused = spokenFor(pod, shapeClass, shapeClass.isOpen);
      if (refused.size > 0) choice = shapeClass.choose([...refused.keys()]);
    }
    if (!choice && state.nominated.size <= fewPromises)
      refused = spokenFor(pod, shapeClass, () => true);
    if (choice)
      return {
        kind: 'bind',
        nodeName: state.nodeAt(choice.node)!.name,
        feasible: choice.feasible,
      };
    const { reasons, refusedBy } = shapeClass.reasons([...refused.keys()]);
    for (const { verdict, refusedBy: plugin } of refused.values()) {
      refusedBy.add(plugin);
      if (!verdict.ok) countReasons(reasons, verdict, 1);
    }
    return { kind: 'unschedulable', nodeCount: state.nodeCount, reasons, refusedBy };
  };

  const decideByClassAsking = (pod: PodInfo): Decision => {
    const kept = classes.of(pod).kept();
    const unkept = unkeptOn(pod, state, plugins);
    const judgeNode = judging(pod, together(kept.panel.opinions, unkept));
    const special = (node: NodeInfo) =>
      promisedBefore(state, pod, node.name).length > 0 ? judgeNode(node) : undefined;
    return decideAsking(kept, unkept, state.nodes(), special);
  };

  const promisedTo = (pod: PodInfo): NodeInfo | undefined => {
    const nodeName = pod.pod.status?.nominatedNodeName ?? state.nominatedNode(pod.key);
    return nodeName === undefined ? undefined : state.node(nodeName);
  };
  const judgeOne = (pod: PodInfo, node: NodeInfo): Judgement =>
    judging(pod, together(classes.of(pod).panel().opinions, unkeptOn(pod, state, plugins)))(node);

  const decide = (pod: PodInfo): Decision => {
    const obstacle = obstacleTo(pod);
    if (obstacle) return blocked(obstacle, state.nodeCount);
    const promised = promisedTo(pod);
    if (promised && judgeOne(pod, promised).verdict.ok)
      return { kind: 'bind', nodeName: promised.name, feasible: 1 };
    const named = namedNodes(pod, plugins);
    if (named) {
      const nodes = [...named.names].flatMap((name) => state.node(name) ?? []);
      return withUnnamed(decideAmong(pod, nodes), named, state.nodeCount);
    }
    return isAllKept ? decideByClass(pod) : decideByClassAsking(pod);
  };

  return {
    decide: (pod) => decide(state.renewed(pod)),
    isPlaceable(asked) {
      const pod = state.renewed(asked);
      if (obstacleTo(pod)) return false;
      if (!isAllKept || namedNodes(pod, plugins)) return decide(pod).kind === 'bind';
      const shapeClass = classes.of(pod);
      if (!shapeClass.isPlaceable()) return false;
      const refused = spokenFor(pod, shapeClass, shapeClass.isOpen);
      return refused.size === 0 || shapeClass.isPlaceable([...refused.keys()]);
    },
    judge: (pod, node) => judgeOne(state.renewed(pod), node),
    explain: (pod) =>
      asking(pod, (opinions) => reportOn(opinions, [...state.nodes()], judging(pod, opinions))),
  };
}

function blocked({ verdict, refusedBy }: Judgement, nodeCount: number): Decision {
  const obstacle = verdict.ok ? '' : verdict.reasons.join(', ');
  return {
    kind: 'unschedulable',
    nodeCount,
    obstacle,
    reasons: new Map([[obstacle, nodeCount]]),
    refusedBy: new Set([refusedBy]),
  };
}
