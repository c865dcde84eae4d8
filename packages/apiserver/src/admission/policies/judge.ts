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
export interface Finding {
  readonly message: string;
  readonly reason?: string;
  /** Refuses whatever the binding makes of findings: the policy could not be applied. */
  readonly outright?: boolean;
}

/** What one policy with one parameter says of a write. */
export function judge(policy: CompiledValidating, values: Values): readonly Finding[] {
  const { conditions, validations, annotations, variables, source } = policy;
  const ignores = source.spec.failurePolicy === 'Ignore';
  const failed = (message: string): readonly Finding[] => (ignores ? [] : [{ message }]);
  const met = meetsConditions(conditions, values);
  if (typeof met === 'string') return failed(met);
  if (!met) return [];
  const meter = createMeter(objectLimit);
  const scope = bindVariables(variables, values, meter);
  const findings: Finding[] = [];
  for (const validation of validations) {
    const outcome = evaluateExpression(validation.expression, scope, meter);
    if (!outcome.ok && outcome.exhausted) return failed(outcome.message);
    if (!outcome.ok) findings.push(...failed(outcome.message));
    else if (outcome.value !== true) findings.push(finding(validation, scope, meter));
  }
  for (const { expression } of annotations) {
    const outcome = evaluateExpression(expression, scope, meter);
    if (!outcome.ok && !ignores) findings.push({ message: outcome.message, outright: true });
  }
  return findings;
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
