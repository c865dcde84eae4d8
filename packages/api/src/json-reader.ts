import { exactInteger } from './exact-integer.ts';
import type { ParsedJson } from './json.ts';
import { setOwnField } from './own-field.ts';

/**
 * Reads JSON one character at a time: names every repeated key by its path, keeps large integers, and explains what is
 * wrong in the words of the decoder that Kubernetes clients know. Throws SyntaxError.
 */
export function readJson(text: string, maxDepth: number): ParsedJson {
  const duplicates = new Set<string>();
  let repeats = 0;
  let at = 0;

  const fail = (context: string): never => {
    if (at >= text.length) throw new SyntaxError('unexpected end of JSON input');
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    throw new SyntaxError(`invalid character ${quoted(character)} ${context}`);
  };
  const report = (field: string) => {
    if (repeats++ < maxReported) duplicates.add(`duplicate field ${JSON.stringify(field)}`);
  };
  const skipSpace = () => {
    while (isSpace(text.charCodeAt(at))) at++;
  };

  function readValue(path: string, depth: number): unknown {
    skipSpace();
    const character = text[at];
    switch (character) {
      case '{':
        return readObject(path, depth + 1);
      case '[':
        return readArray(path, depth + 1);
      case '"':
        return readString();
      case 't':
        return readLiteral('true', true);
      case 'f':
        return readLiteral('false', false);
      case 'n':
        return readLiteral('null', null);
      default:
        if (character === '-' || isDigit(character)) return readNumber();
        return fail('looking for beginning of value');
    }
  }

  function readObject(path: string, depth: number): unknown {
    if (depth > maxDepth) throw new SyntaxError('exceeded max depth');
    const object: Record<string, unknown> = {};
    at++;
    skipSpace();
    if (text[at] === '}') {
      at++;
      return object;
    }
    for (;;) {
      skipSpace();
      if (text[at] !== '"') fail('looking for beginning of object key string');
      const key = readString();
      const field = path ? `${path}.${key}` : key;
      if (Object.hasOwn(object, key)) report(field);
      skipSpace();
      if (text[at] !== ':') fail('after object key');
      at++;
      const value = readValue(field, depth);
      setOwnField(object, key, value);
      skipSpace();
      const end = text[at];
      if (end !== ',' && end !== '}') fail('after object key:value pair');
      at++;
      if (end === '}') return object;
    }
  }

  function readArray(path: string, depth: number): unknown[] {
    if (depth > maxDepth) throw new SyntaxError('exceeded max depth');
    const items: unknown[] = [];
    at++;
    skipSpace();
    if (text[at] === ']') {
      at++;
      return items;
    }
    for (;;) {
      items.push(readValue(`${path}[${items.length}]`, depth));
      skipSpace();
      const end = text[at];
      if (end !== ',' && end !== ']') fail('after array element');
      at++;
      if (end === ']') return items;
    }
  }

  function readString(): string {
    const start = at++;
    for (;;) {
      const character = text[at];
      if (character === undefined || character < ' ') fail('in string literal');
      at++;
      if (character === '"') break;
      if (character === '\\') readEscape();
    }
    return JSON.parse(text.slice(start, at)) as string;
  }

  function readEscape() {
    const kind = text[at];
    if (kind === undefined || !'"\\/bfnrtu'.includes(kind)) fail('in string escape code');
    at++;
    if (kind !== 'u') return;
    for (let digits = 0; digits < 4; digits++, at++) {
      if (!/^[0-9a-fA-F]$/.test(text[at] ?? '')) fail('in \\u hexadecimal character escape');
    }
  }

  function readLiteral<T>(word: string, value: T): T {
    for (const letter of word) {
      if (text[at] !== letter) fail(`in literal ${word} (expecting ${quoted(letter)})`);
      at++;
    }
    return value;
  }

  function readNumber(): number | bigint {
    const start = at;
    if (text[at] === '-') at++;
    if (text[at] === '0') at++;
    else readDigits('in numeric literal');
    let isInteger = true;
    if (text[at] === '.') {
      isInteger = false;
      at++;
      readDigits('after decimal point in numeric literal');
    }
    if (text[at] === 'e' || text[at] === 'E') {
      isInteger = false;
      at++;
      if (text[at] === '+' || text[at] === '-') at++;
      readDigits('in exponent of numeric literal');
    }
    return numberOf(text.slice(start, at), isInteger);
  }

  function readDigits(context: string) {
    if (!isDigit(text[at])) fail(context);
    while (isDigit(text[at])) at++;
  }

  const value = readValue('', 0);
  skipSpace();
  if (at < text.length) fail('after top-level value');
  return { value, duplicates: [...duplicates] };
}

/** A body made of nothing but repeated keys must not cost its path once per key. */
const maxReported = 100;

/** What does not fit 64 bits is a double for every Kubernetes client, too; more digits would only cost time. */
function numberOf(literal: string, isInteger: boolean): number | bigint {
  const double = Number(literal);
  if (!Number.isFinite(double)) {
    throw new SyntaxError(
      `json: cannot unmarshal number ${literal.slice(0, 40)} into Go value of type float64`,
    );
  }
  if (!isInteger || Number.isSafeInteger(double) || literal.length > 20) return double;
  return exactInteger(BigInt(literal));
}

const isSpace = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
const isDigit = (character: string | undefined) =>
  character !== undefined && character >= '0' && character <= '9';

function quoted(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  return `'${JSON.stringify(character).slice(1, -1)}'`;
}
