import { isDeepEqual, matchesLabels, toSelector } from '@berth/api';
import type { ClusterRole, PolicyRule } from '@berth/api';

/** The rules that an aggregated role should have; undefined when it is not aggregated, or has them. */
export function planAggregation(
  role: ClusterRole,
  all: readonly ClusterRole[],
): readonly PolicyRule[] | undefined {
  const { aggregationRule, metadata, rules = [] } = role;
  if (!aggregationRule) return undefined;
  const selectors = (aggregationRule.clusterRoleSelectors ?? []).map(toSelector);
  const parts = all
    .filter((part) => part.metadata.name !== metadata.name)
    .filter((part) => selectors.some((selector) => matchesLabels(selector, part.metadata.labels)))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const wanted = distinct(parts.flatMap((part) => part.rules ?? []));
  return isDeepEqual(wanted, rules) ? undefined : wanted;
}

const distinct = (rules: readonly PolicyRule[]): readonly PolicyRule[] => [
  ...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values(),
];
