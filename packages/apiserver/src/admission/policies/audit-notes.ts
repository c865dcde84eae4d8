import type { Attributes } from '../admission.ts';
import type { Judgement } from './judge.ts';

/** A finding that its binding only has recorded, in the form in which upstream records it. */
export interface AuditedFailure {
  readonly message: string;
  readonly policy: string;
  readonly binding: string;
  readonly expressionIndex: number;
  readonly validationActions: readonly string[];
}

type Noted = Pick<Attributes, 'annotate'>;

export function noteFailures({ annotate }: Noted, failures: readonly AuditedFailure[]): void {
  if (failures.length === 0) return;
  annotate?.('validation.policy.admission.k8s.io/validation_failure', JSON.stringify(failures));
}

/** What the policy's own annotations say; the values of several parameters become one. */
export function noteValues(
  { annotate }: Noted,
  policy: string,
  judgements: readonly Judgement[],
): void {
  const values = new Map<string, Set<string>>();
  for (const [key, value] of judgements.flatMap(({ notes }) => notes))
    values.set(key, (values.get(key) ?? new Set()).add(value));
  for (const [key, texts] of values) annotate?.(`${policy}/${key}`, [...texts].join(', '));
}
