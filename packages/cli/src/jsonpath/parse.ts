import { JsonPathError, parsePath, unquote } from '@berth/api';
import { UsageError } from '../usage-error.ts';
import type { Piece } from './template.ts';

/** Nesting of `{range}` that a template may have. */
const maxRanges = 50;

/**
 * Reads a template as `kubectl -o jsonpath` takes it: text, `{.paths}`, `{"quoted text"}`, and
 * `{range .items[*]}…{end}`. Throws `UsageError`.
 */
export function parseTemplate(template: string): readonly Piece[] {
  try {
    return readTemplate(template);
  } catch (err) {
    throw err instanceof JsonPathError ? new UsageError(err.message) : err;
  }
}

function readTemplate(template: string): readonly Piece[] {
  const root: Piece[] = [];
  const open: {
    readonly path: Extract<Piece, { kind: 'range' }>['path'];
    readonly body: Piece[];
  }[] = [];
  const add = (piece: Piece) => (open.at(-1)?.body ?? root).push(piece);
  let at = 0;
  while (at < template.length) {
    const start = template.indexOf('{', at);
    const text = template.slice(at, start < 0 ? undefined : start);
    if (text) add({ kind: 'text', text });
    if (start < 0) break;
    const end = closingBrace(template, start);
    const action = template.slice(start + 1, end).trim();
    at = end + 1;
    const range = /^range\s*(?=[\s.[$@])(.+)$/s.exec(action);
    if (range?.[1]) {
      if (open.length >= maxRanges) throw new UsageError('jsonpath: too many ranges in ranges');
      open.push({ path: parsePath(range[1].trim()), body: [] });
    } else if (action === 'end') {
      const done = open.pop();
      if (!done) throw new UsageError('jsonpath: not in range, nothing to end');
      add({ kind: 'range', ...done });
    } else {
      const quoted = unquote(action);
      if (quoted !== undefined) add({ kind: 'text', text: quoted });
      else for (const path of pathsOf(action)) add({ kind: 'path', path });
    }
  }
  if (open.length > 0) throw new UsageError('jsonpath: unclosed range: {end} is missing');
  return root;
}

/** Several paths may stand in one pair of braces, with blanks between. */
const pathsOf = (action: string) =>
  splitOutside(action, /\s/)
    .filter(Boolean)
    .map((path) => {
      if (!/^[\w.$@*[\\]/.test(path)) {
        throw new UsageError(`jsonpath: unrecognized character in action: ${JSON.stringify(path)}`);
      }
      return parsePath(path);
    });

/** The brace that ends an action; those in quotes do not. */
function closingBrace(template: string, start: number): number {
  let quote = '';
  for (let at = start + 1; at < template.length; at++) {
    const char = template[at] ?? '';
    if (char === '\\') at++;
    else if (quote) quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '}') return at;
  }
  throw new UsageError(`jsonpath: unclosed action: ${JSON.stringify(template.slice(start))}`);
}

/** Splits where `separator` stands outside quotes and brackets. */
function splitOutside(text: string, separator: RegExp): readonly string[] {
  const parts = [''];
  let quote = '';
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    let char = text[at] ?? '';
    if (char === '\\') char += text[++at] ?? '';
    else if (quote) quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '[' || char === '(') depth++;
    else if (char === ']' || char === ')') depth--;
    else if (depth === 0 && separator.test(char)) {
      parts.push('');
      continue;
    }
    parts.push(`${parts.pop() ?? ''}${char}`);
  }
  return parts;
}
