import { keyOf } from '@berth/api';
import type {
  NodeExplanation,
  NodeRefusal,
  ObjectName,
  PlacementExplanation,
  PlacementExplanationStatus,
  Pod,
  ResourceAccount,
} from '@berth/api';
import type { NodeReport } from '../engine/decision.ts';
import { simulate } from '../engine/simulate.ts';
import { failureMessage } from '../failure-message.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { PreemptionPlanner } from '../preemption/plan-preemption.ts';
import { amountText } from './amount-text.ts';
import { describeSuggestion } from './describe-suggestion.ts';
import { suggestChanges } from './suggest-changes.ts';
import type { SuggestOptions } from './suggest-changes.ts';

export interface ExplainOptions extends SuggestOptions {
  /** Pods of other schedulers are decided elsewhere. */
  readonly isOurs: (pod: Pod) => boolean;
  /** Whom preemption would send away for the pod; absent where nobody makes room. */
  readonly preemption?: PreemptionPlanner | undefined;
  /** What the pod waits for before nodes are asked, beside its own gates. */
  readonly heldFor?: string | undefined;
  /** Why the pods that it goes together with cannot have nodes all at once, although it may have one itself. */
  readonly shortfall?: string | undefined;
}

/** More nodes than this are counted and not told of. */
const mostNodes = 500;

/**
 * Where the pod goes or went, or why no node takes it: what every plugin says of every node, and what would have to change.
 * A pod that has its node is looked at as if it were decided now. The state stays as it is.
 */
export function explainPlacement(pod: Pod, options: ExplainOptions): PlacementExplanation {
  const { state } = options;
  const { nodeName, ...free } = pod.spec;
  const asked: Pod = { ...pod, spec: free };
  const status = simulate(state, (changes): PlacementExplanationStatus => {
    changes.remove(keyOf(pod));
    const info = state.podInfo(asked);
    return statusOf(asked, info, nodeName, options);
  });
  const { namespace, name } = pod.metadata;
  return {
    kind: 'PlacementExplanation',
    apiVersion: 'scheduling.berth.dev/v1',
    metadata: { ...(namespace !== undefined && { namespace }), name },
    status,
  };
}

function statusOf(
  pod: Pod,
  info: PodInfo,
  boundTo: string | undefined,
  options: ExplainOptions,
): PlacementExplanationStatus {
  const { state, engine, isOurs, shortfall } = options;
  const decision = engine.decide(info);
  const reports = engine.explain(info);
  const node = boundTo ?? (decision.kind === 'bind' ? decision.nodeName : undefined);
  const inOrder = [...reports].sort((a, b) => rank(b, node) - rank(a, node) || b.total - a.total);
  const told = inOrder
    .map((report) => explainNode(report, info, options))
    .sort((a, b) => (a.refusals?.length ?? 0) - (b.refusals?.length ?? 0))
    .sort((a, b) => Number(b.name === node) - Number(a.name === node));
  const runnerUp = inOrder.find(({ verdict, nodeName }) => verdict.ok && nodeName !== node);
  const heldFor = gatesText(pod) ?? options.heldFor;
  const fits = decision.kind === 'bind';
  const isHelpless = boundTo === undefined && (!fits || heldFor !== undefined);
  const outcome =
    boundTo !== undefined
      ? 'Bound'
      : heldFor !== undefined
        ? 'Gated'
        : !isOurs(pod)
          ? 'OtherScheduler'
          : fits && shortfall === undefined
            ? 'Schedulable'
            : 'Unschedulable';
  const suggestions = isHelpless
    ? suggestChanges(pod, options).map((found) => describeSuggestion(found, pod, state))
    : [];
  const message =
    outcome === 'Gated' ? (heldFor ?? '') : messageOf(pod, outcome, node, decision, shortfall);
  return {
    outcome,
    message,
    ...(node !== undefined && { node }),
    ...(runnerUp && { runnerUp: runnerUp.nodeName }),
    nodeCount: reports.length,
    nodes: told.slice(0, mostNodes),
    ...(told.length > mostNodes && { omittedNodes: told.length - mostNodes }),
    ...(decision.kind === 'unschedulable' &&
      boundTo === undefined && { preemption: explainPreemption(info, options) }),
    ...(suggestions.length > 0 && { suggestions }),
  };
}

const rank = ({ nodeName, verdict }: NodeReport, chosen: string | undefined): number =>
  nodeName === chosen ? 2 : verdict.ok ? 1 : 0;

function gatesText({ spec }: Pod): string | undefined {
  const gates = (spec.schedulingGates ?? []).map(({ name }) => name);
  return gates.length > 0 ? `waiting for scheduling gates: [${gates.join(' ')}]` : undefined;
}

function messageOf(
  pod: Pod,
  outcome: Exclude<PlacementExplanationStatus['outcome'], 'Gated'>,
  node: string | undefined,
  decision: ReturnType<ExplainOptions['engine']['decide']>,
  shortfall: string | undefined,
): string {
  switch (outcome) {
    case 'Bound':
      return `it is on node ${node ?? ''}`;
    case 'OtherScheduler':
      return `the scheduler ${JSON.stringify(pod.spec.schedulerName ?? '')} decides about it`;
    case 'Schedulable':
      return `node ${node ?? ''} would take it now`;
    case 'Unschedulable':
      return decision.kind === 'unschedulable' ? failureMessage(decision) : (shortfall ?? '');
  }
}

function explainNode(
  { nodeName, verdict, scores, total }: NodeReport,
  pod: PodInfo,
  { state, byPlugin }: ExplainOptions,
): NodeExplanation {
  if (verdict.ok) return { name: nodeName, fits: true, scores: Object.fromEntries(scores), total };
  const node = state.node(nodeName);
  if (!node) return { name: nodeName, fits: false };
  const refusals = [...byPlugin].flatMap(([plugin, engine]): NodeRefusal[] => {
    const { verdict: own } = engine.judge(pod, node);
    if (own.ok) return [];
    const short = plugin === 'NodeResourcesFit' ? shortages(pod, node) : [];
    return [
      {
        ...{ plugin, reasons: own.reasons, preemptionMayHelp: own.resolvable },
        ...(short.length > 0 && { resources: short }),
      },
    ];
  });
  return { name: nodeName, fits: false, refusals };
}

function shortages({ shape }: PodInfo, node: NodeInfo): readonly ResourceAccount[] {
  const pods: ResourceAccount = {
    resource: 'pods',
    requested: '1',
    free: String(node.allocatable('pods') - node.pods.length),
    allocatable: String(node.allocatable('pods')),
  };
  const isFull = node.pods.length + 1 > node.allocatable('pods');
  return [
    ...(isFull ? [pods] : []),
    ...[...shape.requests].flatMap(([resource, requested]): ResourceAccount[] => {
      const allocatable = node.allocatable(resource);
      const free = allocatable - node.requested(resource);
      if (requested <= 0 || requested <= free) return [];
      const text = (amount: number) => amountText(resource, amount);
      return [
        {
          ...{ resource, requested: text(requested), free: text(free) },
          allocatable: text(allocatable),
        },
      ];
    }),
  ];
}

function explainPreemption(
  pod: PodInfo,
  { preemption }: ExplainOptions,
): NonNullable<PlacementExplanationStatus['preemption']> {
  if (!preemption) return { message: 'the profile makes room for nobody' };
  const plan = preemption.plan(pod);
  if (plan.kind === 'none') return { message: plan.message };
  const victims = plan.victims.map(({ pod: { metadata } }): ObjectName => {
    const { namespace = '', name } = metadata;
    return { kind: 'Pod', namespace, name };
  });
  return {
    message: `${victims.length} of lower priority on node ${plan.nodeName} can go for it`,
    node: plan.nodeName,
    victims,
  };
}
