import { matchesLabels } from '@berth/api';
import type { Node, Pod, PodAffinityTerm } from '@berth/api';
import { label, nodeOf, placedPods, selectorOf } from './world.ts';
import type { Filter, World } from './world.ts';

const requiredTerms = ({ spec }: Pod) =>
  spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
const requiredAntiTerms = ({ spec }: Pod) =>
  spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
const preferredTerms = ({ spec }: Pod) =>
  spec.affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
const preferredAntiTerms = ({ spec }: Pod) =>
  spec.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];

/** Whether a term of `owner` speaks of `other`: by namespace (its own when it names none), then by labels. */
function speaksOf(term: PodAffinityTerm, owner: Pod, other: Pod, world: World): boolean {
  const { namespaces = [], namespaceSelector, labelSelector } = term;
  const namespace = other.metadata.namespace ?? '';
  const isNamed =
    namespaces.includes(namespace) ||
    (namespaces.length === 0 && !namespaceSelector && namespace === owner.metadata.namespace);
  const labels = world.namespaces?.find(({ metadata }) => metadata.name === namespace)?.metadata
    .labels;
  const isSelected = matchesLabels(selectorOf(namespaceSelector), labels);
  return (isNamed || isSelected) && matchesLabels(selectorOf(labelSelector), other.metadata.labels);
}

const isTogether = (a: Node, b: Node | undefined, key: string) =>
  b !== undefined && label(a, key) !== undefined && label(a, key) === label(b, key);

const plugin = 'InterPodAffinity';

export const interPodAffinity: Filter = (pod, node, world) => {
  if (!satisfiesAffinity(pod, node, world))
    return { plugin, reasons: ["node(s) didn't match pod affinity rules"], resolvable: false };
  const placed = placedPods(world);
  const isRepelled = requiredAntiTerms(pod).some((term) =>
    placed.some(
      (other) =>
        speaksOf(term, pod, other, world) &&
        isTogether(node, nodeOf(other, world), term.topologyKey),
    ),
  );
  if (isRepelled)
    return { plugin, reasons: ["node(s) didn't match pod anti-affinity rules"], resolvable: true };
  const repels = placed.some((other) =>
    requiredAntiTerms(other).some(
      (term) =>
        speaksOf(term, other, pod, world) &&
        isTogether(node, nodeOf(other, world), term.topologyKey),
    ),
  );
  return repels
    ? {
        plugin,
        reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
        resolvable: true,
      }
    : undefined;
};

/** Only pods that every required term speaks of attract. */
function satisfiesAffinity(pod: Pod, node: Node, world: World): boolean {
  const terms = requiredTerms(pod);
  if (terms.length === 0) return true;
  if (terms.some(({ topologyKey }) => label(node, topologyKey) === undefined)) return false;
  const attracting = placedPods(world).filter((other) =>
    terms.every((term) => speaksOf(term, pod, other, world)),
  );
  const isNear = terms.every(({ topologyKey }) =>
    attracting.some((other) => isTogether(node, nodeOf(other, world), topologyKey)),
  );
  if (isNear) return true;
  // The first of a group that wants to be together may go anywhere the keys exist.
  const isFirst = !attracting.some((other) =>
    terms.some(({ topologyKey }) => hasKey(nodeOf(other, world), topologyKey)),
  );
  return isFirst && terms.every((term) => speaksOf(term, pod, pod, world));
}

const hasKey = (node: Node | undefined, key: string) =>
  node !== undefined && label(node, key) !== undefined;

/** How much the pods around each of the feasible nodes draw this one, 0 to 100. */
export function affinityScores(
  pod: Pod,
  feasible: readonly Node[],
  world: World,
): readonly number[] {
  const raw = feasible.map((node) => attraction(pod, node, world));
  const lowest = Math.min(...raw);
  const range = Math.max(...raw) - lowest;
  return raw.map((score) => (range > 0 ? Math.trunc(100 * ((score - lowest) / range)) : 0));
}

/** A required affinity of a placed pod weighs 1 in the other direction. */
function attraction(pod: Pod, node: Node, world: World): number {
  let sum = 0;
  for (const other of placedPods(world)) {
    const its = nodeOf(other, world);
    const add = (term: PodAffinityTerm, owner: Pod, target: Pod, weight: number) => {
      if (speaksOf(term, owner, target, world) && isTogether(node, its, term.topologyKey))
        sum += weight;
    };
    for (const { podAffinityTerm, weight } of preferredTerms(pod))
      add(podAffinityTerm, pod, other, weight);
    for (const { podAffinityTerm, weight } of preferredAntiTerms(pod))
      add(podAffinityTerm, pod, other, -weight);
    for (const term of requiredTerms(other)) add(term, other, pod, 1);
    for (const { podAffinityTerm, weight } of preferredTerms(other))
      add(podAffinityTerm, other, pod, weight);
    for (const { podAffinityTerm, weight } of preferredAntiTerms(other))
      add(podAffinityTerm, other, pod, -weight);
  }
  return sum;
}
