import { exactInteger } from '../exact-integer.ts';

/** What a scalar means. A bigint is an integer that a double cannot hold. */
export type Scalar = string | number | bigint | boolean | null;

const words = new Map<string, Scalar>([
  ...spelled(true, 'y Y yes Yes YES true True TRUE on On ON'),
  ...spelled(false, 'n N no No NO false False FALSE off Off OFF'),
  ...spelled(null, '~ null Null NULL'),
  ...spelled(NaN, '.nan .NaN .NAN'),
  ...spelled(Infinity, '.inf .Inf .INF +.inf +.Inf +.INF'),
  ...spelled(-Infinity, '-.inf -.Inf -.INF'),
  ['', null],
]);

function spelled(value: Scalar, list: string): [string, Scalar][] {
  return list.split(' ').map((word) => [word, value]);
}

/** The meaning of a plain scalar for Kubernetes clients: YAML 1.1 without dates and without base 60. */
export function resolvePlain(text: string): Scalar {
  const first = text.charCodeAt(0);
  if (first > 0x39 && !mayBeWord.test(text)) return text;
  const word = words.get(text);
  if (word !== undefined) return word;
  return numberStart.test(text) ? (numberOf(text) ?? text) : text;
}

const mayBeWord = /^[yYnNtTfFoO~]/;
const numberStart = /^[-+.0-9]/;
const float = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const integer = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;

function numberOf(text: string): number | bigint | undefined {
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '');
  const match = integer.exec(plain);
  if (match) {
    const whole = wholeNumber(match);
    if (whole !== undefined) return whole;
  }
  if (!float.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

/** Undefined when the number does not fit 64 bits. */
function wholeNumber([, sign, hex, binary, octal, decimal]: RegExpExecArray) {
  const digits =
    hex !== undefined
      ? `0x${hex}`
      : binary !== undefined
        ? `0b${binary}`
        : octal !== undefined
          ? `0o${octal}`
          : (decimal ?? '');
  if (digits.length > maxDigits) return undefined;
  const magnitude = BigInt(digits);
  const value = sign === '-' ? -magnitude : magnitude;
  if (value > maxUint64 || value < minInt64) return undefined;
  return exactInteger(value);
}

/** 64 binary digits and their prefix; leading zeros beyond that are nobody's number. */
const maxDigits = 66;
const maxUint64 = 2n ** 64n - 1n;
const minInt64 = -(2n ** 63n);

const standard = 'tag:yaml.org,2002:';

/** The meaning of a scalar with a tag such as `!!str`. Undefined when the text is not of that type. */
export function resolveTagged(tag: string, text: string): Scalar | undefined {
  switch (tag.startsWith('!!') ? `${standard}${tag.slice(2)}` : tag.replace(/^!<(.*)>$/, '$1')) {
    case `${standard}null`:
      return resolvePlain(text) === null ? null : undefined;
    case `${standard}bool`:
      return ofType('boolean', resolvePlain(text));
    case `${standard}int`: {
      const value = resolvePlain(text);
      return typeof value === 'bigint' || Number.isInteger(value) ? value : undefined;
    }
    case `${standard}float`: {
      const value = resolvePlain(text);
      return typeof value === 'bigint' ? Number(value) : ofType('number', value);
    }
    case `${standard}binary`:
      return base64.test(text) ? Buffer.from(text, 'base64').toString('utf8') : undefined;
    default:
      return text;
  }
}

const base64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;
const ofType = (type: string, value: Scalar) => (typeof value === type ? value : undefined);
