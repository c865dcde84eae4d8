/** How one requirement compares; the texts are upstream's. `gt` and `lt` are printed as `>` and `<`. */
export type SelectorOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface Requirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  /** Sorted, without repetition. */
  readonly values: readonly string[];
}

/** All requirements must hold. No requirement selects everything. */
export type Selector = readonly Requirement[];

export type Labels = Readonly<Record<string, string>>;

const noLabels: Labels = {};

/** An `undefined` selector selects nothing; missing labels are no labels. */
export const matchesLabels = (selector: Selector | undefined, labels: Labels = noLabels): boolean =>
  selector?.every((requirement) => holds(requirement, labels)) ?? false;

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
      return compareIntegers(value, values[0], (a, b) => a > b);
    case 'lt':
      return compareIntegers(value, values[0], (a, b) => a < b);
  }
}

function compareIntegers(
  value: string | undefined,
  bound: string | undefined,
  compare: (a: bigint, b: bigint) => boolean,
): boolean {
  const [a, b] = [toInt64(value), toInt64(bound)];
  return a !== undefined && b !== undefined && compare(a, b);
}

const int64 = 2n ** 63n;

/** A decimal integer of 64 bits; nothing else has a value. */
export function toInt64(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[-+]?\d{1,32}$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ''));
  return value >= -int64 && value < int64 ? value : undefined;
}

/** The selector of `key=value` for every label. */
export const selectorFromLabels = (labels: Labels): Selector =>
  sortByKey(
    Object.entries(labels).map(([key, value]) => ({ key, operator: '=', values: [value] })),
  );

/** In the order in which selectors are printed. */
export const sortByKey = (requirements: Selector): Selector =>
  requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));

/** The text form: `app=web,tier in (a,b),!canary`. */
export const formatSelector = (selector: Selector): string => selector.map(print).join(',');

function print({ key, operator, values }: Requirement): string {
  const value = values.join(',');
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${value})`;
    case 'gt':
      return `${key}>${value}`;
    case 'lt':
      return `${key}<${value}`;
    default:
      return `${key}${operator}${value}`;
  }
}
