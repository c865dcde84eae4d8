import { badRequest } from './status.ts';

/** The family of suffixes a quantity was written with; it is printed with the same family. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An exact amount in billionths. */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

const giga = 1_000_000_000n;
const mega = 1_000_000n;
/** The most that a quantity with a binary suffix can be: larger ones are cap to it. */
const maxBinary = (2n ** 63n - 1n) * giga;
/** Longer texts and larger exponents mean nothing, but cost time and memory. */
const maxLength = 256;
const maxExponent = 256;

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const shape = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;
const wrongShape =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const wrongNumber = 'unable to parse numeric part of quantity';
const wrongSuffix = "unable to parse quantity's suffix";

/** Reads `100m`, `1.5Gi`, `12e6` or a number. Throws a BadRequest in upstream's words. */
export function parseQuantity(text: string | number | bigint): Quantity {
  const quantity = readQuantity(String(text));
  if (typeof quantity === 'string') throw badRequest(quantity);
  return quantity;
}

/** What is wrong with the text of a quantity, in upstream's words. */
export function quantityProblem(text: string | number | bigint): string | undefined {
  const quantity = readQuantity(String(text));
  return typeof quantity === 'string' ? quantity : undefined;
}

/** The text as the server keeps it: no fraction, the largest suffix that loses nothing. */
export const canonicalQuantity = (text: string | number | bigint): string =>
  formatQuantity(parseQuantity(text));

function readQuantity(text: string): Quantity | string {
  const match = shape.exec(text);
  if (!match) return wrongShape;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return wrongShape;
  if (text.length > maxLength) return wrongNumber;
  const scale = scaleOf(suffix);
  if (!scale) return wrongSuffix;
  const digits = BigInt(whole + fraction) * scale.factor;
  const nanos = timesPowerOfTen(digits, scale.exponent + 9 - fraction.length);
  const { format } = scale;
  if (format !== 'BinarySI') return { nanos: sign === '-' ? -nanos : nanos, format };
  const capped = nanos > maxBinary ? maxBinary : nanos;
  return {
    nanos: sign === '-' ? -capped : capped,
    format: capped > 0n && capped < giga ? 'DecimalSI' : format,
  };
}

interface Scale {
  readonly factor: bigint;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

function scaleOf(suffix: string): Scale | undefined {
  const decimal = decimalSuffixes.indexOf(suffix);
  if (decimal >= 0) return { factor: 1n, exponent: (decimal - 3) * 3, format: 'DecimalSI' };
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return { factor: 1024n ** BigInt(binary), exponent: 0, format: 'BinarySI' };
  if (!/^[eE][-+]?\d+$/.test(suffix)) return undefined;
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) > maxExponent) return undefined;
  return { factor: 1n, exponent, format: 'DecimalExponent' };
}

/** What is finer than the target rounds away from zero: whoever asks for a little gets a little. */
function timesPowerOfTen(value: bigint, exponent: number): bigint {
  if (exponent >= 0) return value * 10n ** BigInt(exponent);
  return divideUp(value, 10n ** BigInt(-exponent));
}

function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (value % divisor === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

/** The canonical text. A binary quantity below 1Ki, or with a fraction, is printed with decimal suffixes. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const isWhole = nanos % giga === 0n;
  const whole = nanos / giga;
  if (format === 'BinarySI' && isWhole && (whole >= 1024n || whole <= -1024n)) {
    const [mantissa, steps] = shrink(whole, 1024n, binarySuffixes.length - 1);
    return `${mantissa}${binarySuffixes[steps] ?? ''}`;
  }
  if (format !== 'DecimalExponent') {
    const [mantissa, steps] = shrink(nanos, 1000n, decimalSuffixes.length - 1);
    return `${mantissa}${decimalSuffixes[steps] ?? ''}`;
  }
  const [mantissa, steps] = shrink(nanos, 1000n, Infinity);
  const exponent = steps * 3 - 9;
  return exponent === 0 ? String(mantissa) : `${mantissa}e${exponent}`;
}

function shrink(value: bigint, factor: bigint, maxSteps: number): readonly [bigint, number] {
  let steps = 0;
  while (steps < maxSteps && value % factor === 0n) {
    value /= factor;
    steps += 1;
  }
  return [value, steps];
}

/** Negative, zero or positive, as a comparator of `sort`. */
export const compareQuantities = (a: Quantity, b: Quantity): number =>
  a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;

/** Keeps the format of `a`, unless `a` is zero. */
export const addQuantities = (a: Quantity, b: Quantity): Quantity => ({
  nanos: a.nanos + b.nanos,
  format: a.nanos === 0n ? b.format : a.format,
});

export const subtractQuantities = (a: Quantity, b: Quantity): Quantity =>
  addQuantities(a, { ...b, nanos: -b.nanos });

/** Thousandths, rounded away from zero. */
export const asMilli = ({ nanos }: Quantity): number => Number(divideUp(nanos, mega));

/** Whole units (cores, bytes), rounded away from zero. */
export const asWhole = ({ nanos }: Quantity): number => Number(divideUp(nanos, giga));

/** The nearest double. */
export const asNumber = ({ nanos }: Quantity): number => Number(nanos) / 1e9;

/** `milli` thousandths; a fraction of a thousandth rounds away from zero. */
export const milliQuantity = (milli: number, format: QuantityFormat = 'DecimalSI'): Quantity => ({
  nanos: BigInt(awayFromZero(milli)) * mega,
  format,
});

/** `whole` units; a fraction rounds away from zero. */
export const wholeQuantity = (whole: number, format: QuantityFormat = 'DecimalSI'): Quantity => ({
  nanos: BigInt(awayFromZero(whole)) * giga,
  format,
});

const awayFromZero = (value: number) => (value < 0 ? Math.floor(value) : Math.ceil(value));
