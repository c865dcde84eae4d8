import type { FieldError, NodeAffinity, NodeSelectorTerm, PodSpec } from '@berth/api';
import { isDeepEqual, invalidValue } from '@berth/api';

/**
 * While scheduling gates hold a pod back, the choice of nodes can still be narrowed. `rest` is the spec without those
 * changes.
 */
export function validateGatedSpec(
  spec: PodSpec,
  old: PodSpec,
): { readonly errors: readonly FieldError[]; readonly rest: PodSpec } {
  return {
    errors: [
      ...checkNodeSelector(spec.nodeSelector ?? {}, old.nodeSelector ?? {}),
      ...checkNodeAffinity(spec.affinity?.nodeAffinity, old.affinity?.nodeAffinity),
    ],
    rest: withOldNodeChoice(spec, old),
  };
}

type Labels = Readonly<Record<string, string>>;

function checkNodeSelector(selector: Labels, old: Labels): readonly FieldError[] {
  const kept = Object.entries(old).every(([key, value]) => selector[key] === value);
  const why = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
  return kept ? [] : [invalidValue('spec.nodeSelector', selector, why)];
}

const needed = 'requiredDuringSchedulingIgnoredDuringExecution';
const termsPath = `spec.affinity.nodeAffinity.${needed}.nodeSelectorTerms`;

function checkNodeAffinity(
  affinity: NodeAffinity | undefined,
  old: NodeAffinity | undefined,
): readonly FieldError[] {
  const oldTerms = old?.[needed]?.nodeSelectorTerms ?? [];
  const terms = affinity?.[needed]?.nodeSelectorTerms ?? [];
  if (oldTerms.length === 0) return [];
  if (oldTerms.length !== terms.length) {
    const why = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    return [invalidValue(termsPath, terms, why)];
  }
  return terms.flatMap((term, i) =>
    onlyAdds(term, oldTerms[i] ?? {})
      ? []
      : [
          invalidValue(
            `${termsPath}[${i}]`,
            term,
            'only additions are allowed (no mutations or deletions)',
          ),
        ],
  );
}

/** A term without requirements matches nothing; adding one would let it match more. */
function onlyAdds(term: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  const { matchExpressions: oldExpressions = [], matchFields: oldFields = [] } = old;
  if (oldExpressions.length + oldFields.length === 0) {
    return matchExpressions.length + matchFields.length === 0;
  }
  return (
    isDeepEqual(matchExpressions.slice(0, oldExpressions.length), oldExpressions) &&
    isDeepEqual(matchFields.slice(0, oldFields.length), oldFields)
  );
}

function withOldNodeChoice(spec: PodSpec, old: PodSpec): PodSpec {
  const { nodeSelector: _selector, affinity, ...rest } = spec;
  const { nodeAffinity: _nodeAffinity, ...otherAffinity } = affinity ?? {};
  const nodeAffinity = old.affinity?.nodeAffinity;
  const merged = { ...otherAffinity, ...(nodeAffinity && { nodeAffinity }) };
  return {
    ...rest,
    ...(old.nodeSelector && { nodeSelector: old.nodeSelector }),
    ...((old.affinity ?? Object.keys(merged).length > 0) && { affinity: merged }),
  };
}
