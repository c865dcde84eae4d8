import { badRequest } from '../status.ts';

export interface FieldTerm {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** All terms must hold. No term selects everything. */
export type FieldSelector = readonly FieldTerm[];

/** Reads `metadata.name=web,status.phase!=Failed`; `\,`, `\=` and `\\` stand for themselves in values. */
export function parseFieldSelector(text: string): FieldSelector {
  return splitTerms(text)
    .toSorted()
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text));
}

/** At commas that no backslash precedes. */
const splitTerms = (text: string) => text.match(/(?:\\[\s\S]|[^\\,]|\\$)+/g) ?? [];

function parseTerm(term: string, whole: string): FieldTerm {
  const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
  if (!match) throw badRequest(`invalid selector: '${whole}'; can't understand '${term}'`);
  const [, field = '', operator, value = ''] = match;
  return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) };
}

const unescapeValue = (text: string) =>
  text.replace(/\\([\s\S]?)|[,=]/gu, (sequence: string, escaped: string | undefined) => {
    if (escaped === undefined) {
      const code = sequence.codePointAt(0) ?? 0;
      throw badRequest(`invalid field selector: unescaped character in value: ${code}`);
    }
    if (escaped === '' || !'\\,='.includes(escaped)) {
      throw badRequest(`invalid field selector: invalid escape sequence: ${sequence}`);
    }
    return escaped;
  });

/** The text form, with values escaped. */
export const formatFieldSelector = (selector: FieldSelector): string =>
  selector
    .map(({ field, operator, value }) => `${field}${operator}${value.replace(/[\\,=]/g, '\\$&')}`)
    .join(',');

/** `valueOf` gives a field of the object as text; what it does not have is the empty text. */
export const matchesFields = (
  selector: FieldSelector,
  valueOf: (field: string) => string | undefined,
): boolean =>
  selector.every(
    ({ field, operator, value }) => ((valueOf(field) ?? '') === value) === (operator === '='),
  );

/** The one value that the selector wants the field to have, if it wants one. */
export const exactField = (selector: FieldSelector, field: string): string | undefined =>
  selector.find((term) => term.field === field && term.operator === '=')?.value;
