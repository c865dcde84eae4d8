import { goQuote } from './go-quote.ts';

/** The kinds of problem that validation reports; the wire names are the `reason` of a Status cause. */
export type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueNotSupported'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid';

/** One problem with one field. `detail` is the whole text after the path, as upstream words it. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** `spec.containers[0].name` */
  readonly field: string;
  /** `Invalid value: "A": a lowercase RFC 1123 …` */
  readonly detail: string;
}

/** `at('spec.containers', 0, 'name')` is `spec.containers[0].name`: numbers are indexes, strings are fields. */
export const at = (path: string, ...segments: readonly (string | number)[]): string =>
  segments.reduce<string>(
    (parent, segment) =>
      typeof segment === 'number'
        ? `${parent}[${segment}]`
        : parent
          ? `${parent}.${segment}`
          : segment,
    path,
  );

/** An entry of a map: `metadata.annotations[example.com/a]`. */
export const atKey = (path: string, key: string): string => `${path}[${key}]`;

const error = (type: FieldErrorType, field: string, ...parts: readonly string[]): FieldError => ({
  type,
  field,
  detail: parts.filter((part) => part !== '').join(': '),
});

/** A value as error texts show it: strings quoted, the rest as JSON. */
const show = (value: unknown): string =>
  typeof value === 'string' ? goQuote(value) : (printJson(value) ?? 'null');

const printJson = (value: unknown) =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? Number(part) : part)) as
    string | undefined;

export const required = (field: string, detail = ''): FieldError =>
  error('FieldValueRequired', field, 'Required value', detail);

export const invalidValue = (field: string, value: unknown, detail: string): FieldError =>
  error('FieldValueInvalid', field, 'Invalid value', show(value), detail);

/** The same where the value is too much to show. */
export const invalidField = (field: string, detail: string): FieldError =>
  error('FieldValueInvalid', field, 'Invalid value', detail);

export const typeInvalid = (field: string, value: unknown, detail: string): FieldError =>
  error('FieldValueTypeInvalid', field, 'Invalid value', show(value), detail);

export const duplicate = (field: string, value: unknown): FieldError =>
  error('FieldValueDuplicate', field, 'Duplicate value', show(value));

export const valueNotFound = (field: string, value: unknown): FieldError =>
  error('FieldValueNotFound', field, 'Not found', show(value));

export const forbiddenField = (field: string, detail: string): FieldError =>
  error('FieldValueForbidden', field, 'Forbidden', detail);

/** `supported` in the order in which upstream lists it. */
export const notSupported = (
  field: string,
  value: unknown,
  supported: readonly string[],
): FieldError =>
  error(
    'FieldValueNotSupported',
    field,
    'Unsupported value',
    show(value),
    supported.length ? `supported values: ${supported.map(goQuote).join(', ')}` : '',
  );

export const tooLong = (field: string, maxBytes: number): FieldError =>
  error(
    'FieldValueTooLong',
    field,
    'Too long',
    `may not be more than ${maxBytes} ${maxBytes === 1 ? 'byte' : 'bytes'}`,
  );

export const tooMany = (field: string, actual: number, max: number): FieldError =>
  error(
    'FieldValueTooMany',
    field,
    'Too many',
    String(actual),
    `must have at most ${max} ${max === 1 ? 'item' : 'items'}`,
  );

/** One `Invalid value` per message: what a name rule found. */
export const invalidEach = (
  field: string,
  value: unknown,
  messages: readonly string[],
): readonly FieldError[] => messages.map((message) => invalidValue(field, value, message));
