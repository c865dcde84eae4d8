import { at, atKey, invalidValue } from '../field.ts';
import type { FieldError } from '../field.ts';
import { labelValueRule, qualifiedName } from '../names.ts';
import { badRequest } from '../status.ts';
import { toInt64 } from './selector.ts';
import type { Requirement, SelectorOperator } from './selector.ts';

/** A requirement whose key and values are well formed. Throws a BadRequest with all that is wrong. */
export function makeRequirement(
  key: string,
  operator: SelectorOperator,
  values: readonly string[],
): Requirement {
  const sorted = [...new Set(values)].toSorted();
  const errors = [
    ...keyErrors(key, 'key'),
    ...operandErrors(operator, sorted),
    ...sorted.flatMap((value, index) => valueErrors(key, value, at('values', index))),
  ];
  if (errors.length) throw badRequest(aggregate(errors));
  return { key, operator, values: sorted };
}

/** What is wrong with a label key, as one problem of `path`. */
export const keyErrors = (key: string, path: string): readonly FieldError[] =>
  joined(path, key, qualifiedName(key));

const valueErrors = (key: string, value: string, path: string) =>
  joined(atKey(path, key), value, labelValueRule(value));

const joined = (path: string, value: string, problems: readonly string[]) =>
  problems.length ? [invalidValue(path, value, problems.join('; '))] : [];

/** Several problems as one text. */
export function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(({ field, detail }) => `${field}: ${detail}`))];
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
}

function operandErrors(
  operator: SelectorOperator,
  values: readonly string[],
): readonly FieldError[] {
  const refuse = (detail: string) => [invalidValue('values', values, detail)];
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length ? [] : refuse("for 'in', 'notin' operators, values set can't be empty");
    case 'exists':
    case '!':
      return values.length ? refuse('values set must be empty for exists and does not exist') : [];
    case 'gt':
    case 'lt':
      return values.flatMap((value, index) =>
        toInt64(value) === undefined
          ? [
              invalidValue(
                at('values', index),
                value,
                "for 'Gt', 'Lt' operators, the value must be an integer",
              ),
            ]
          : [],
      );
    default:
      return [];
  }
}
