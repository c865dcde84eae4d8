import { matchesLabels, toSelector } from '@berth/api';
import type { Labels, Pod, Selector } from '@berth/api';

type ApiTerm = NonNullable<
  NonNullable<
    NonNullable<Pod['spec']['affinity']>['podAffinity']
  >['requiredDuringSchedulingIgnoredDuringExecution']
>[number];

/** One pod (anti-)affinity term, ready to be asked about pods. */
export interface AffinityTerm {
  readonly topologyKey: string;
  readonly namespaces: readonly string[];
  /** Selects further namespaces by their labels. */
  readonly namespaceSelector: Selector | undefined;
  readonly selector: Selector | undefined;
}

interface WeightedTerm extends AffinityTerm {
  readonly weight: number;
}

/** All terms of a pod by what they mean. */
export interface AffinityTerms {
  readonly required: readonly AffinityTerm[];
  readonly requiredAnti: readonly AffinityTerm[];
  readonly preferred: readonly WeightedTerm[];
  readonly preferredAnti: readonly WeightedTerm[];
}

/** Who a term is asked about. */
export interface Subject {
  readonly namespace: string;
  readonly labels: Labels;
}

export type NamespaceLabels = (namespace: string) => Labels;

const none: AffinityTerms = { required: [], requiredAnti: [], preferred: [], preferredAnti: [] };

export function affinityTermsOf({ metadata, spec }: Pod): AffinityTerms {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return none;
  const own = metadata.namespace ?? '';
  const plain = (terms: readonly ApiTerm[] = []) => terms.map((term) => parse(term, own));
  const weighted = (
    terms: readonly { readonly weight: number; readonly podAffinityTerm: ApiTerm }[] = [],
  ) => terms.map(({ weight, podAffinityTerm }) => ({ ...parse(podAffinityTerm, own), weight }));
  return {
    required: plain(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAnti: plain(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferred: weighted(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAnti: weighted(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
  };
}

export const hasTerms = (terms: AffinityTerms): boolean => terms !== none;

export const allTerms = (terms: AffinityTerms): readonly AffinityTerm[] => [
  ...terms.required,
  ...terms.requiredAnti,
  ...terms.preferred,
  ...terms.preferredAnti,
];

export const matchesTerm = (
  { namespaces, namespaceSelector, selector }: AffinityTerm,
  subject: Subject,
  namespaceLabels: NamespaceLabels,
): boolean =>
  (namespaces.includes(subject.namespace) ||
    (namespaceSelector !== undefined &&
      matchesLabels(namespaceSelector, namespaceLabels(subject.namespace)))) &&
  matchesLabels(selector, subject.labels);

function parse(term: ApiTerm, ownNamespace: string): AffinityTerm {
  const { topologyKey, namespaces = [], namespaceSelector } = term;
  const own = namespaces.length === 0 && !namespaceSelector;
  return {
    topologyKey,
    namespaces: own ? [ownNamespace] : namespaces,
    namespaceSelector: toSelector(namespaceSelector),
    // The server has written the match label keys into the selector.
    selector: toSelector(term.labelSelector),
  };
}
