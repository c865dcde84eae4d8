import { isDeepEqual } from './deep-equal.ts';

/** What the conditions of all kinds have in common. */
export interface ConditionLike {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export const findCondition = <C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined => conditions?.find((condition) => condition.type === type);

export const isConditionTrue = (
  conditions: readonly ConditionLike[] | undefined,
  type: string,
): boolean => findCondition(conditions, type)?.status === 'True';

/**
 * The conditions with `next` in place of the one of its type, or at the end. The transition time moves to `now` (a
 * `metav1.Time`) only when the status changes. Gives back the same list when nothing would change.
 */
export function setCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  next: Omit<C, 'lastTransitionTime'> & ConditionLike,
  now: string,
): readonly C[] {
  const known = conditions ?? [];
  const before = findCondition(known, next.type);
  const isSteady = before?.status === next.status;
  const lastTransitionTime = isSteady ? (before.lastTransitionTime ?? now) : now;
  const after = { ...next, lastTransitionTime } as unknown as C;
  if (!before) return [...known, after];
  if (isDeepEqual(before, after)) return known;
  return known.map((condition) => (condition === before ? after : condition));
}

/** The conditions without the one of this type. */
export const removeCondition = <C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  type: string,
): readonly C[] => (conditions ?? []).filter((condition) => condition.type !== type);
