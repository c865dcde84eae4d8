import type { FieldError, MatchCondition, Variable } from '@berth/api';
import { at, duplicate, invalidValue, required, tooMany } from '@berth/api';
import { compileExpression } from '../../admission/policies/expressions.ts';
import { withoutObjectLiterals } from '../../admission/policies/object-literals.ts';
import { checkQualifiedName } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';

/** Every CEL expression of this group passes here; `whenAbsent` explains a missing one. */
export const checkExpression = (
  path: string,
  expression = '',
  whenAbsent = '',
): readonly FieldError[] => {
  if (expression.trim() === '') return [required(path, whenAbsent)];
  const { compilation } = compileExpression(withoutObjectLiterals(expression));
  return compilation.ok ? [] : [invalidValue(path, expression, compilation.message)];
};

const mostConditions = 64;

/** What must be true of a request before anybody is asked about it. */
export function checkMatchConditions(
  path: string,
  conditions: readonly Given<MatchCondition>[],
): readonly FieldError[] {
  const names = conditions.map(({ name }) => name);
  return [
    ...(conditions.length > mostConditions
      ? [tooMany(path, conditions.length, mostConditions)]
      : []),
    ...conditions.flatMap(({ name, expression }, i) => [
      ...checkExpression(at(path, i, 'expression'), expression),
      ...(name ? checkQualifiedName(at(path, i, 'name'), name) : [required(at(path, i, 'name'))]),
      ...(name && names.indexOf(name) < i ? [duplicate(at(path, i, 'name'), name)] : []),
    ]),
  ];
}

const reserved = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return var ' +
    'void while'
  ).split(' '),
);

/** Names for expressions, to be used in others. */
export const checkVariables = (
  path: string,
  variables: readonly Given<Variable>[],
): readonly FieldError[] =>
  variables.flatMap(({ name = '', expression }, i) => [
    ...checkVariableName(at(path, i, 'name'), name),
    ...checkExpression(at(path, i, 'expression'), expression, 'expression is not specified'),
  ]);

function checkVariableName(path: string, name: string): readonly FieldError[] {
  if (name.trim() === '') return [required(path, 'name is not specified')];
  return /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !reserved.has(name)
    ? []
    : [invalidValue(path, name, 'name is not a valid CEL identifier')];
}
