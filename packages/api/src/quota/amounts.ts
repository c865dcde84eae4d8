import { addQuantities, compareQuantities, formatQuantity, parseQuantity } from '../quantity.ts';
import type { Quantity } from '../quantity.ts';

/** Amounts by resource name. */
export type Amounts = Readonly<Record<string, Quantity>>;

type Texts = Readonly<Record<string, string>>;

const nothing: Quantity = { nanos: 0n, format: 'DecimalSI' };

const entriesOf = (amounts: Amounts) => Object.entries(amounts);

export const parseAmounts = (texts: Texts | undefined): Amounts =>
  Object.fromEntries(
    Object.entries(texts ?? {}).map(([name, text]) => [name, parseQuantity(text)]),
  );

export const formatAmounts = (amounts: Amounts): Texts =>
  Object.fromEntries(entriesOf(amounts).map(([name, amount]) => [name, formatQuantity(amount)]));

/** Names that only one side has are kept. */
function combine(a: Amounts, b: Amounts, join: (a: Quantity, b: Quantity) => Quantity): Amounts {
  const joined = entriesOf(b).map(([name, amount]): [string, Quantity] => [
    name,
    join(amountOf(a, name), amount),
  ]);
  return { ...a, ...Object.fromEntries(joined) };
}

const amountOf = (amounts: Amounts, name: string): Quantity =>
  Object.hasOwn(amounts, name) ? (amounts[name] ?? nothing) : nothing;

export const addAmounts = (a: Amounts, b: Amounts): Amounts => combine(a, b, addQuantities);

export const subtractAmounts = (a: Amounts, b: Amounts): Amounts =>
  combine(a, b, (one, other) => addQuantities(one, { ...other, nanos: -other.nanos }));

export const mostAmounts = (a: Amounts, b: Amounts): Amounts =>
  combine(a, b, (one, other) => (compareQuantities(one, other) >= 0 ? one : other));

/** Those of the amounts whose name is one of `names`. */
export const onlyAmounts = (amounts: Amounts, names: readonly string[]): Amounts =>
  Object.fromEntries(entriesOf(amounts).filter(([name]) => names.includes(name)));

/** The names, sorted, of which `used` is more than `hard`; what `hard` does not name is not limited. */
export const exceededNames = (used: Amounts, hard: Amounts): readonly string[] =>
  Object.keys(used)
    .filter(
      (name) =>
        Object.hasOwn(hard, name) &&
        compareQuantities(amountOf(used, name), amountOf(hard, name)) > 0,
    )
    .sort();
