import { canonicalQuantity, quantityProblem } from '../quantity.ts';
import type { Schema } from '../schema.ts';
import { canonicalMicroTime, canonicalTime } from '../time.ts';
import { goQuote } from '../go-quote.ts';
import { goTypeOf, goValueOf } from './go-type.ts';

/**
 * What reading a single value gave: the value as the server keeps it; the whole error text; or a mismatch, whose
 * text also says which field it was.
 */
export type Scalar =
  | { readonly value: unknown }
  | { readonly error: string }
  | { readonly mismatch: { readonly found: string; readonly wanted: string } };

/** Reads a leaf: a text, number or boolean, or one of the types that read themselves. */
export function readScalar(value: unknown, schema: Schema): Scalar {
  switch (schema.type) {
    case 'string':
      return readText(value, schema);
    case 'integer':
      return readInteger(value, schema.format ?? 'int64');
    case 'number':
      return typeof value === 'number' ? { value } : wrong(value, schema);
    case 'boolean':
      return typeof value === 'boolean' ? { value } : wrong(value, schema);
    case 'int-or-string':
      return readIntOrString(value);
    default:
      return { value };
  }
}

const wrong = (value: unknown, schema: Schema): Scalar => ({
  mismatch: { found: goValueOf(value), wanted: goTypeOf(schema) },
});

function readText(value: unknown, schema: Schema): Scalar {
  switch (schema.format) {
    case 'quantity':
      return readQuantity(value);
    case 'date-time':
      return readTime(value, '2006-01-02T15:04:05Z07:00', canonicalTime);
    case 'micro-time':
      return readTime(value, '2006-01-02T15:04:05.000000Z07:00', canonicalMicroTime);
    case 'byte':
      return typeof value === 'string' ? readBase64(value) : wrong(value, schema);
    default:
      return typeof value === 'string' ? { value } : wrong(value, schema);
  }
}

function readQuantity(value: unknown): Scalar {
  const isText =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  const text = isText ? value : JSON.stringify(value);
  const problem = quantityProblem(text);
  return problem === undefined ? { value: canonicalQuantity(text) } : { error: problem };
}

function readTime(
  value: unknown,
  layout: string,
  canonical: (text: string) => string | undefined,
): Scalar {
  if (typeof value !== 'string') {
    return { error: `json: cannot unmarshal ${goValueOf(value)} into Go value of type string` };
  }
  const time = canonical(value);
  if (time !== undefined) return { value: time };
  const [text, form] = [goQuote(value), goQuote(layout)];
  return { error: `parsing time ${text} as ${form}: cannot parse ${text} as "2006"` };
}

const alphabet = /[^A-Za-z0-9+/]/;

function readBase64(value: string): Scalar {
  const text = value.replace(/[\r\n]/g, '');
  const digits = text.replace(/={1,2}$/, '');
  const bad = alphabet.exec(digits)?.index ?? (text.length % 4 === 0 ? -1 : digits.length);
  return bad < 0 ? { value: text } : { error: `illegal base64 data at input byte ${bad}` };
}

const bits: Readonly<Record<string, bigint>> = { int32: 2n ** 31n, int64: 2n ** 63n };

function readInteger(value: unknown, format: string): Scalar {
  if (isInteger(value, format)) return { value };
  return { mismatch: { found: describeNumber(value), wanted: format } };
}

function isInteger(value: unknown, format: string): boolean {
  if (typeof value !== 'bigint' && !Number.isInteger(value)) return false;
  const limit = bits[format] ?? bits['int64']!;
  const exact = BigInt(value as bigint | number);
  return exact >= -limit && exact < limit;
}

const describeNumber = (value: unknown) =>
  typeof value === 'number' || typeof value === 'bigint' ? `number ${value}` : goValueOf(value);

function readIntOrString(value: unknown): Scalar {
  if (typeof value === 'string' || isInteger(value, 'int32')) return { value };
  return { error: `json: cannot unmarshal ${describeNumber(value)} into Go value of type int32` };
}
