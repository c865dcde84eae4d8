import type { LabelSelector, Pod, PodAffinityTerm, PodSpec } from '@berth/api';
import { asGiven } from '../given.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * Writes the pod's own values of `matchLabelKeys` into the selectors beside them, so that whoever schedules needs to
 * look at the selectors only. Done once, when a pod is created.
 */
export function mergeMatchLabelKeys({ metadata, spec }: Pod): PodSpec {
  const labels = metadata.labels ?? {};
  const { affinity, topologySpreadConstraints: spread } = spec;
  if (!affinity?.podAffinity && !affinity?.podAntiAffinity && !spread) return spec;
  return {
    ...spec,
    ...(affinity && {
      affinity: {
        ...affinity,
        ...(affinity.podAffinity && { podAffinity: mergeTerms(affinity.podAffinity, labels) }),
        ...(affinity.podAntiAffinity && {
          podAntiAffinity: mergeTerms(affinity.podAntiAffinity, labels),
        }),
      },
    }),
    ...(spread && { topologySpreadConstraints: spread.map((each) => mergeKeys(each, labels)) }),
  };
}

type Terms = NonNullable<NonNullable<PodSpec['affinity']>['podAffinity']>;

function mergeTerms(terms: Terms, labels: Labels): Terms {
  const {
    requiredDuringSchedulingIgnoredDuringExecution: needed,
    preferredDuringSchedulingIgnoredDuringExecution: wanted,
  } = terms;
  return {
    ...terms,
    ...(needed && {
      requiredDuringSchedulingIgnoredDuringExecution: needed.map((term) => mergeKeys(term, labels)),
    }),
    ...(wanted && {
      preferredDuringSchedulingIgnoredDuringExecution: wanted.map((term) => ({
        ...term,
        ...(asGiven(term).podAffinityTerm && {
          podAffinityTerm: mergeKeys(term.podAffinityTerm, labels),
        }),
      })),
    }),
  };
}

type Keyed = Pick<PodAffinityTerm, 'labelSelector' | 'matchLabelKeys' | 'mismatchLabelKeys'>;

function mergeKeys<T extends Keyed>(keyed: T, labels: Labels): T {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = keyed;
  const added = [
    ...requirements(matchLabelKeys, 'In', labels),
    ...requirements(mismatchLabelKeys, 'NotIn', labels),
  ];
  if (!labelSelector || added.length === 0) return keyed;
  const matchExpressions = [...(labelSelector.matchExpressions ?? []), ...added];
  return { ...keyed, labelSelector: { ...labelSelector, matchExpressions } };
}

const requirements = (
  keys: readonly string[],
  operator: 'In' | 'NotIn',
  labels: Labels,
): NonNullable<LabelSelector['matchExpressions']> =>
  keys.flatMap((key) => {
    const value = labels[key];
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
