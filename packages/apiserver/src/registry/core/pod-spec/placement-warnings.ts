import type { NodeSelectorTerm, PodAffinityTerm, PodSpec } from '@berth/api';
import type { Given } from '../given.ts';

/** Labels of nodes that were renamed long ago. */
const renamedLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const renamed = (key: string | undefined) =>
  key !== undefined && Object.hasOwn(renamedLabels, key) ? renamedLabels[key] : undefined;

/** Of old labels in what picks nodes, and of spreading that counts nothing. `path` is that of the spec. */
export const nodeChoiceWarnings = (path: string, spec: Given<PodSpec>): readonly string[] => {
  const { nodeSelector = {}, affinity, topologySpreadConstraints = [] } = spec;
  const { requiredDuringSchedulingIgnoredDuringExecution: required, ...soft } =
    affinity?.nodeAffinity ?? {};
  const preferred = soft.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const within = `${path}.affinity.nodeAffinity`;
  return [
    ...Object.keys(nodeSelector).flatMap((key) => {
      const why = renamed(key);
      return why ? [`${path}.nodeSelector[${key}]: ${why}`] : [];
    }),
    ...(required?.nodeSelectorTerms ?? []).flatMap((term, i) =>
      nodeTermWarnings(
        `${within}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`,
        term,
      ),
    ),
    ...preferred.flatMap(({ preference }, i) =>
      nodeTermWarnings(
        `${within}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`,
        preference ?? {},
      ),
    ),
    ...topologySpreadConstraints.flatMap(({ topologyKey, labelSelector }, i) => {
      const own = `${path}.topologySpreadConstraints[${i}]`;
      const why = renamed(topologyKey);
      return [
        ...(why ? [`${own}.topologyKey: ${topologyKey} is ${why}`] : []),
        ...(labelSelector ? [] : [`${own}.labelSelector: ${matchesNothing}`]),
      ];
    }),
  ];
};

const matchesNothing = 'a null labelSelector results in matching no pod';

/** The same labels in the terms of an affinity. */
export const nodeTermWarnings = (
  path: string,
  { matchExpressions = [] }: Given<NodeSelectorTerm>,
): readonly string[] =>
  matchExpressions.flatMap(({ key = '' }, i) => {
    const why = renamed(key);
    return why ? [`${path}.matchExpressions[${i}].key: ${key} is ${why}`] : [];
  });

/** Of affinity to pods that can match none. */
export const podAffinityWarnings = (
  path: string,
  { affinity }: Given<PodSpec>,
): readonly string[] =>
  (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
    const required = 'requiredDuringSchedulingIgnoredDuringExecution';
    const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
    const own = `${path}.affinity.${kind}`;
    const check = (at: string, { labelSelector }: Given<PodAffinityTerm>) =>
      labelSelector ? [] : [`${at}.labelSelector: ${matchesNothing}`];
    return [
      ...(affinity?.[kind]?.[required] ?? []).flatMap((term, i) =>
        check(`${own}.${required}[${i}]`, term),
      ),
      ...(affinity?.[kind]?.[preferred] ?? []).flatMap(({ podAffinityTerm }, i) =>
        check(`${own}.${preferred}[${i}].podAffinityTerm`, podAffinityTerm ?? {}),
      ),
    ];
  });
