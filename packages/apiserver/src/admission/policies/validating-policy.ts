import type { ValidatingAdmissionPolicy } from '@berth/api';
import { compileExpression } from './expressions.ts';
import type { Expression } from './expressions.ts';

export interface NamedExpression {
  readonly name: string;
  readonly expression: Expression;
}

export interface CompiledValidation {
  readonly expression: Expression;
  readonly message: string;
  readonly messageExpression?: Expression;
  readonly reason?: string;
}

/** A policy whose expressions are ready to run. */
export interface CompiledValidating {
  readonly source: ValidatingAdmissionPolicy;
  readonly conditions: readonly NamedExpression[];
  readonly variables: readonly NamedExpression[];
  readonly validations: readonly CompiledValidation[];
  readonly annotations: readonly NamedExpression[];
}

export function compileValidating(source: ValidatingAdmissionPolicy): CompiledValidating {
  const { matchConditions, variables, validations, auditAnnotations } = source.spec;
  return {
    source,
    conditions: compileConditions(matchConditions),
    variables: compileVariables(variables),
    validations: (validations ?? []).map((one) => ({
      expression: compileExpression(one.expression, 'bool'),
      message: one.message?.trim() ?? '',
      ...(one.messageExpression && {
        messageExpression: compileExpression(one.messageExpression, 'string'),
      }),
      ...(one.reason && { reason: one.reason }),
    })),
    annotations: (auditAnnotations ?? []).map(({ key, valueExpression }) => ({
      name: key,
      expression: compileExpression(valueExpression, 'string', 'null'),
    })),
  };
}

type Named = readonly { readonly name: string; readonly expression: string }[];

export const compileConditions = (conditions: Named = []): readonly NamedExpression[] =>
  conditions.map(({ name, expression }) => ({
    name,
    expression: compileExpression(expression, 'bool'),
  }));

export const compileVariables = (variables: Named = []): readonly NamedExpression[] =>
  variables.map(({ name, expression }) => ({ name, expression: compileExpression(expression) }));
