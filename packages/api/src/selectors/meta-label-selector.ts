import { at, forbiddenField, invalidEach, invalidValue, required } from '../field.ts';
import type { FieldError } from '../field.ts';
import type { LabelSelector, LabelSelectorRequirement } from '../gen/types.ts';
import { goQuote } from '../go-quote.ts';
import { labelValueRule, qualifiedName } from '../names.ts';
import { badRequest } from '../status.ts';
import { makeRequirement } from './requirement.ts';
import { selectorFromLabels, sortByKey } from './selector.ts';
import type { Labels, Requirement, Selector, SelectorOperator } from './selector.ts';

const operators: Readonly<Record<string, SelectorOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};
const operatorOf = (name: string) => (Object.hasOwn(operators, name) ? operators[name] : undefined);

/**
 * The selector of a `metav1.LabelSelector`. No LabelSelector gives `undefined`, which selects nothing; an empty one
 * selects everything. Throws a BadRequest where validation would have refused it.
 */
export function toSelector(selector: LabelSelector | undefined): Selector | undefined {
  if (!selector) return undefined;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return sortByKey([...selectorFromLabels(matchLabels), ...matchExpressions.map(toRequirement)]);
}

function toRequirement({ key, operator, values = [] }: LabelSelectorRequirement): Requirement {
  const known = operatorOf(operator);
  if (!known) throw badRequest(`${goQuote(operator)} is not a valid label selector operator`);
  return makeRequirement(key, known, values);
}

/** What is wrong with the selector, each problem at its path. */
export function validateLabelSelector(
  selector: LabelSelector | undefined,
  path: string,
): readonly FieldError[] {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return [
    ...validateLabels(matchLabels, at(path, 'matchLabels')),
    ...matchExpressions.flatMap((expression, index) =>
      validateExpression(expression, at(path, 'matchExpressions', index)),
    ),
  ];
}

/** What is wrong with the keys and values of labels. */
export const validateLabels = (labels: Labels, path: string): readonly FieldError[] =>
  Object.entries(labels).flatMap(([key, value]) => [
    ...invalidEach(path, key, qualifiedName(key)),
    ...invalidEach(path, value, labelValueRule(value)),
  ]);

function validateExpression(
  { key, operator, values = [] }: LabelSelectorRequirement,
  path: string,
): readonly FieldError[] {
  return [
    ...validateOperands(operator, values, path),
    ...invalidEach(at(path, 'key'), key, qualifiedName(key)),
    ...values.flatMap((value, index) =>
      invalidEach(at(path, 'values', index), value, labelValueRule(value)),
    ),
  ];
}

function validateOperands(
  operator: string,
  values: readonly string[],
  path: string,
): readonly FieldError[] {
  const where = at(path, 'values');
  switch (operatorOf(operator)) {
    case 'in':
    case 'notin':
      return values.length
        ? []
        : [required(where, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'exists':
    case '!':
      return values.length
        ? [
            forbiddenField(
              where,
              "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            ),
          ]
        : [];
    default:
      return [invalidValue(at(path, 'operator'), operator, 'not a valid selector operator')];
  }
}
