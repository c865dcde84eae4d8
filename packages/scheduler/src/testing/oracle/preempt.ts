import { matchesLabels, parseTime } from '@berth/api';
import type { Pod } from '@berth/api';
import { failureMessage } from './message.ts';
import { judge } from './rule.ts';
import type { Ruling } from './rule.ts';
import { isSamePod, podsOn, priorityOf, selectorOf, without } from './world.ts';
import type { Refusal, World } from './world.ts';

/** What it would take to make room on one node. */
export interface Eviction {
  readonly nodeName: string;
  /** The most important first. */
  readonly victims: readonly Pod[];
  /** How many of them a disruption budget would have kept. */
  readonly violations: number;
}

export type Preemption =
  | {
      readonly kind: 'evict';
      readonly evictions: readonly Eviction[];
      /** The nodes of which one is chosen: none is better than the others. */
      readonly best: ReadonlySet<string>;
    }
  | {
      readonly kind: 'impossible';
      /** What is appended to why the pod could not be placed. */
      readonly message: string;
    };

/** What DefaultPreemption does about a pod for which `ruling` found no node; every node is looked at. */
export function preemptFor(pod: Pod, world: World, ruling: Ruling): Preemption {
  const barred = whyBarred(pod, world, ruling);
  if (barred) return { kind: 'impossible', message: `preemption: ${barred}` };
  const evictions: Eviction[] = [];
  const refusals: Refusal[] = [];
  for (const node of world.nodes) {
    const refusal = ruling.refusals.get(node.metadata.name);
    if (!refusal?.resolvable) {
      refusals.push(giveUp('Preemption is not helpful for scheduling'));
      continue;
    }
    const found = evictFrom(node.metadata.name, pod, world);
    if ('victims' in found) evictions.push(found);
    else refusals.push(found);
  }
  if (evictions.length > 0) return { kind: 'evict', evictions, best: bestOf(evictions) };
  const message = failureMessage(world.nodes.length, undefined, refusals);
  return { kind: 'impossible', message: `preemption: ${message}` };
}

const giveUp = (reason: string): Refusal => ({
  plugin: 'DefaultPreemption',
  reasons: [reason],
  resolvable: false,
});

function whyBarred(pod: Pod, world: World, { refusals }: Ruling): string | undefined {
  if (pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = world.nodes.find(
    ({ metadata }) => metadata.name === pod.status?.nominatedNodeName,
  );
  if (!nominated || refusals.get(nominated.metadata.name)?.resolvable === false) return undefined;
  const isLeaving = podsOn(nominated, world).some(
    (other) => priorityOf(other) < priorityOf(pod) && isPreempted(other),
  );
  return isLeaving ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

const isPreempted = ({ metadata, status }: Pod) => {
  const target = status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  return (
    Boolean(metadata.deletionTimestamp) &&
    target?.status === 'True' &&
    target.reason === 'PreemptionByScheduler'
  );
};

/** All that is less important goes; then as much comes back as can, what budgets protect before the rest. */
function evictFrom(nodeName: string, pod: Pod, world: World): Eviction | Refusal {
  const node = world.nodes.find(({ metadata }) => metadata.name === nodeName)!;
  const lesser = podsOn(node, world)
    .filter((other) => priorityOf(other) < priorityOf(pod))
    .sort(byImportance);
  if (lesser.length === 0) return giveUp('No preemption victims found for incoming pod');
  const refusal = judge(pod, node, without(world, lesser));
  if (refusal) return refusal;
  const { violating, others } = splitByBudget(lesser, world);
  let gone = lesser;
  let violations = 0;
  for (const candidate of [...violating, ...others]) {
    const rest = gone.filter((other) => !isSamePod(other, candidate));
    if (!judge(pod, node, without(world, rest))) gone = rest;
    else if (violating.includes(candidate)) violations += 1;
  }
  return { nodeName, victims: [...gone].sort(byImportance), violations };
}

/** Higher priority first, then who runs longest. */
const byImportance = (a: Pod, b: Pod) => priorityOf(b) - priorityOf(a) || startOf(a) - startOf(b);

/** In ms; a pod that has not started counts as starting now. */
const startOf = ({ status }: Pod) =>
  status?.startTime ? parseTime(status.startTime)! : Number.MAX_SAFE_INTEGER;

function splitByBudget(pods: readonly Pod[], { disruptionBudgets = [] }: World) {
  const left = disruptionBudgets.map(({ status }) => status?.disruptionsAllowed ?? 0);
  const violating: Pod[] = [];
  const others: Pod[] = [];
  for (const pod of pods) {
    let isViolating = false;
    for (const [i, { metadata, spec, status }] of disruptionBudgets.entries()) {
      const selector = selectorOf(spec.selector);
      const matches =
        metadata.namespace === pod.metadata.namespace &&
        Object.keys(pod.metadata.labels ?? {}).length > 0 &&
        selector?.length !== 0 &&
        matchesLabels(selector, pod.metadata.labels);
      if (!matches || Object.hasOwn(status?.disruptedPods ?? {}, pod.metadata.name)) continue;
      left[i]! -= 1;
      if (left[i]! < 0) isViolating = true;
    }
    (isViolating ? violating : others).push(pod);
  }
  return { violating, others };
}

/** Each rule looks only at what the ones before it left; lower is better. */
const rules: readonly ((eviction: Eviction) => number)[] = [
  ({ violations }) => violations,
  ({ victims }) => priorityOf(victims[0]!),
  ({ victims }) => victims.reduce((sum, pod) => sum + priorityOf(pod) + 2 ** 31, 0),
  ({ victims }) => victims.length,
  // The later the longest-running of the most important victims started, the better.
  ({ victims }) =>
    -Math.min(...victims.filter((pod) => priorityOf(pod) === priorityOf(victims[0]!)).map(startOf)),
];

function bestOf(evictions: readonly Eviction[]): ReadonlySet<string> {
  let left = evictions;
  for (const rule of rules) {
    const lowest = Math.min(...left.map(rule));
    left = left.filter((eviction) => rule(eviction) === lowest);
  }
  return new Set(left.map(({ nodeName }) => nodeName));
}
