import type { Operand, Operator, Slice, Step, Test } from './step.ts';

/** A path that cannot be read. */
export class JsonPathError extends Error {}

/** Filters in filters that a path may have. */
const maxDepth = 20;

/** Reads `.a.b[0]['c','d'][*]..e[?(@.f=="g")]`; the dot at the beginning may be missing. Throws `JsonPathError`. */
export const parsePath = (text: string): readonly Step[] => read(text, 0);

function read(text: string, depth: number): readonly Step[] {
  if (depth > maxDepth) throw new JsonPathError('jsonpath: filters nest too deep');
  const steps: Step[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const named = /^(\.\.|\.)?((?:\\.|[^.[\]\\\s(){}$@*])+)/.exec(rest);
    const sign = /^(?:\$|@|\.\.|\.?\*|\.(?=\[|$))/.exec(rest)?.[0];
    if (named) {
      if (named[1] === '..') steps.push({ kind: 'descend' });
      steps.push({ kind: 'fields', names: [(named[2] ?? '').replace(/\\(.)/gs, '$1')] });
      at += named[0].length;
    } else if (sign) {
      if (sign === '$') steps.push({ kind: 'root' });
      else if (sign === '@') steps.push({ kind: 'current' });
      else if (sign === '..') steps.push({ kind: 'descend' });
      else if (sign.endsWith('*')) steps.push({ kind: 'wildcard' });
      at += sign.length;
    } else if (rest.startsWith('[')) {
      const end = closingBracket(text, at);
      steps.push(subscript(text.slice(at + 1, end).trim(), depth));
      at = end + 1;
    } else {
      throw new JsonPathError(`jsonpath: cannot read ${JSON.stringify(rest)}`);
    }
  }
  return steps;
}

function subscript(inner: string, depth: number): Step {
  if (inner === '*') return { kind: 'wildcard' };
  const filter = /^\?\s*\((.*)\)$/s.exec(inner);
  if (filter?.[1] !== undefined) return parseFilter(filter[1].trim(), depth + 1);
  const parts = inner.split(/,(?=(?:[^'"]|'[^']*'|"[^"]*")*$)/).map((part) => part.trim());
  const names = parts.flatMap((part) => unquote(part) ?? []);
  if (parts.length > 0 && names.length === parts.length) return { kind: 'fields', names };
  return { kind: 'slices', slices: parts.map(sliceOf) };
}

function sliceOf(text: string): Slice {
  if (/^-?\d+$/.test(text)) return { start: Number(text), isIndex: true };
  const match = /^(-?\d*):(-?\d*)(?::(-?\d*))?$/.exec(text);
  if (!match) throw new JsonPathError(`jsonpath: invalid array index ${text}`);
  const [start, end, step] = match.slice(1).map((part) => (part ? Number(part) : undefined));
  if (step !== undefined && step <= 0) throw new JsonPathError('jsonpath: step must be positive');
  return {
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    ...(step !== undefined && { step }),
  };
}

const operators: readonly Operator[] = ['==', '!=', '<=', '>=', '<', '>'];

function parseFilter(text: string, depth: number): Step {
  const found = findOperator(text);
  if (!found) return { kind: 'filter', left: operandOf(text, depth) };
  const { at, operator } = found;
  const test: Test = {
    operator,
    right: operandOf(text.slice(at + operator.length).trim(), depth),
  };
  return { kind: 'filter', left: operandOf(text.slice(0, at).trim(), depth), test };
}

function findOperator(text: string) {
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '\\') at++;
    else if (quote) quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else {
      const operator = operators.find((candidate) => text.startsWith(candidate, at));
      if (operator) return { at, operator };
    }
  }
  return undefined;
}

function operandOf(text: string, depth: number): Operand {
  const quoted = unquote(text);
  if (quoted !== undefined) return { kind: 'literal', value: quoted };
  if (/^-?\d+(\.\d+)?$/.test(text)) return { kind: 'literal', value: Number(text) };
  if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true' };
  return { kind: 'path', path: read(text, depth) };
}

function closingBracket(text: string, start: number): number {
  let quote = '';
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '\\') at++;
    else if (quote) quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '[') depth++;
    else if (char === ']' && --depth === 0) return at;
  }
  throw new JsonPathError('jsonpath: unterminated array');
}

/** The text between quotes, its escapes resolved; undefined when there are no quotes around it. */
export function unquote(text: string): string | undefined {
  const inner = /^"((?:[^"\\]|\\.)*)"$/s.exec(text) ?? /^'((?:[^'\\]|\\.)*)'$/s.exec(text);
  return inner?.[1]?.replace(/\\(.)/gs, (_, char: string) => escapes[char] ?? char);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
