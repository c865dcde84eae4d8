import { createMeter, matchConditionsLimit, objectLimit } from '../../cel/meter.ts';
import type { Meter } from '../../cel/meter.ts';
import { bindVariables, evaluateExpression } from './expressions.ts';
import type { Values } from './expressions.ts';
import type {
  CompiledValidating,
  CompiledValidation,
  NamedExpression,
} from './validating-policy.ts';

/** What a policy has against a write. */
interface Finding {
  readonly message: string;
  readonly reason?: string;
  /** Which of the validations it comes from; absent when it is about the policy itself. */
  readonly index?: number;
  /** Refuses whatever the binding makes of findings: the policy could not be applied. */
  readonly outright?: boolean;
}

/** What one policy with one parameter says of a write: to whoever writes, and to the audit log. */
export interface Judgement {
  readonly findings: readonly Finding[];
  /** By the keys of the policy's audit annotations. */
  readonly notes: readonly (readonly [string, string])[];
}

const nothing: Judgement = { findings: [], notes: [] };

export function judge(policy: CompiledValidating, values: Values): Judgement {
  const { conditions, validations, annotations, variables, source } = policy;
  const ignores = source.spec.failurePolicy === 'Ignore';
  const failed = (message: string, index?: number): readonly Finding[] =>
    ignores ? [] : [{ message, ...(index !== undefined && { index }) }];
  const met = meetsConditions(conditions, values);
  if (typeof met === 'string') return { ...nothing, findings: failed(met) };
  if (!met) return nothing;
  const meter = createMeter(objectLimit);
  const scope = bindVariables(variables, values, meter);
  const findings: Finding[] = [];
  for (const [index, validation] of validations.entries()) {
    const outcome = evaluateExpression(validation.expression, scope, meter);
    if (!outcome.ok && outcome.exhausted)
      return { ...nothing, findings: failed(outcome.message, index) };
    if (!outcome.ok) findings.push(...failed(outcome.message, index));
    else if (outcome.value !== true) findings.push({ ...finding(validation, scope, meter), index });
  }
  const notes: (readonly [string, string])[] = [];
  for (const { name, expression } of annotations) {
    const outcome = evaluateExpression(expression, scope, meter);
    if (!outcome.ok && !ignores) findings.push({ message: outcome.message, outright: true });
    else if (outcome.ok && typeof outcome.value === 'string' && outcome.value.trim() !== '')
      notes.push([name, outcome.value.trim()]);
  }
  return { findings, notes };
}

/** Whether all conditions are met; a text when that cannot be told. One that is not met outweighs those that fail. */
export function meetsConditions(
  conditions: readonly NamedExpression[],
  values: Values,
): boolean | string {
  const meter = createMeter(matchConditionsLimit);
  let problem: string | undefined;
  for (const { expression } of conditions) {
    const outcome = evaluateExpression(expression, values, meter);
    if (outcome.ok && outcome.value !== true) return false;
    if (!outcome.ok) problem ??= outcome.message;
  }
  return problem ?? true;
}

const maxMessageLength = 5 * 1024;

function finding(
  { expression, message, messageExpression, reason }: CompiledValidation,
  scope: Values,
  meter: Meter,
): Finding {
  const said = messageExpression && evaluateExpression(messageExpression, scope, meter);
  const text = said?.ok && typeof said.value === 'string' ? said.value.trim() : '';
  const usable = text.length <= maxMessageLength && !text.includes('\n') ? text : '';
  return {
    message: usable || message || `failed expression: ${expression.text.trim()}`,
    ...(reason && { reason }),
  };
}
