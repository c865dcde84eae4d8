import type { MutatingAdmissionPolicy } from '@berth/api';
import { compileExpression } from './expressions.ts';
import type { Expression } from './expressions.ts';
import { withoutObjectLiterals } from './object-literals.ts';
import { compileConditions, compileVariables } from './validating-policy.ts';
import type { NamedExpression } from './validating-policy.ts';

export interface CompiledMutation {
  readonly kind: 'ApplyConfiguration' | 'JSONPatch';
  readonly expression: Expression;
}

/** A policy whose expressions are ready to run. */
export interface CompiledMutating {
  readonly source: MutatingAdmissionPolicy;
  readonly conditions: readonly NamedExpression[];
  readonly variables: readonly NamedExpression[];
  readonly mutations: readonly CompiledMutation[];
}

export function compileMutating(source: MutatingAdmissionPolicy): CompiledMutating {
  const { matchConditions, variables, mutations = [] } = source.spec;
  return {
    source,
    conditions: compileConditions(matchConditions),
    variables: compileVariables(
      variables?.map(({ name, expression }) => ({
        name,
        expression: withoutObjectLiterals(expression),
      })),
    ),
    mutations: mutations.map(({ patchType, applyConfiguration, jsonPatch }) => {
      const kind = patchType === 'JSONPatch' ? patchType : 'ApplyConfiguration';
      const text = (kind === 'JSONPatch' ? jsonPatch : applyConfiguration)?.expression ?? '';
      const compiled = compileExpression(withoutObjectLiterals(text));
      return { kind, expression: { ...compiled, text } };
    }),
  };
}
