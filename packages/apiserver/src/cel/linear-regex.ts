import { setFlagsFromString } from 'node:v8';

/** A pattern in RE2's syntax, matched in time that is linear in the text. */
export interface LinearRegex {
  test(text: string): boolean;
  /** At most `limit` matches from the left. */
  findAll(text: string, limit: number): readonly string[];
}

/** Patterns that grow beyond this when their counted repetitions are written out are refused. */
const maxExpanded = 20_000;
const maxRepeat = 1000;

let ready = false;

/** Throws an error in upstream's words for a pattern that RE2 would refuse, too. */
export function compileLinearRegex(pattern: string): LinearRegex {
  const source = expandRepeats(translate(pattern));
  // V8 has a linear engine, but not by default; it takes effect for regular expressions with the flag `l` only.
  if (!ready) setFlagsFromString('--enable-experimental-regexp-engine');
  ready = true;
  const { flags, body } = source;
  const regex = construct(pattern, body, `l${flags}`);
  return {
    test: (text) => regex.test(text),
    findAll(text, limit) {
      const global = new RegExp(regex.source, `${regex.flags}g`);
      const found: string[] = [];
      for (const [match] of text.matchAll(global)) {
        if (found.length >= limit) break;
        found.push(match);
      }
      return found;
    },
  };
}

function construct(pattern: string, body: string, flags: string): RegExp {
  try {
    return new RegExp(body, flags);
  } catch {
    throw invalid(pattern, 'invalid or unsupported expression');
  }
}

const invalid = (pattern: string, why: string) =>
  new Error(`error parsing regexp: ${why}: \`${pattern}\``);

interface Source {
  readonly body: string;
  readonly flags: string;
}

const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** From RE2's dialect to JavaScript's, where they differ. */
function translate(pattern: string): Source {
  const [, letters = '', rest = ''] = /^(?:\(\?([ims]+)\))?([\s\S]*)$/.exec(pattern) ?? [];
  if (/\\[1-9]|\(\?[=!]|\(\?<[=!]/.test(rest.replaceAll('\\\\', '')))
    throw invalid(pattern, 'invalid or unsupported Perl syntax');
  const body = rest
    .replace(/\[:(\w+):\]/g, (whole, name: string) => posixClasses[name] ?? whole)
    .replace(/(?<!\\)((?:\\\\)*)\(\?P</g, '$1(?<')
    .replace(/(?<!\\)((?:\\\\)*)\\A/g, '$1^')
    .replace(/(?<!\\)((?:\\\\)*)\\z/g, '$1$');
  return { body, flags: [...new Set(letters)].join('') };
}

/** The engine takes no counted repetitions of any size, so `x{2,4}` becomes `xx(?:x(?:x)?)?`. */
function expandRepeats({ body, flags }: Source): Source {
  let out = '';
  /** Where the last atom began in `out`, and where each open group did. */
  let atom = 0;
  const open: number[] = [];
  const anyCase = flags.includes('i');
  for (let at = 0; at < body.length;) {
    const written = tokenOf(body.slice(at));
    at += written.length;
    const token = anyCase ? inAnyCase(written) : written;
    const count = /^\{(\d+)(,?)(\d*)\}$/.exec(token);
    if (count) {
      out = out.slice(0, atom) + repeat(out.slice(atom), count, body);
      // A lazy mark changes which match is found, never whether there is one.
      if (body[at] === '?') at++;
    } else if (token.startsWith('(')) {
      open.push(out.length);
      out += token;
    } else if (token === ')') {
      atom = open.pop() ?? 0;
      out += token;
    } else {
      if (!/^[*+?]$/.test(token)) atom = out.length;
      out += token;
    }
    if (out.length > maxExpanded) throw invalid(body, 'expression too large');
  }
  return { body: out, flags: flags.replace('i', '') };
}

/** The engine cannot ignore case, so letters and classes say both. */
function inAnyCase(token: string): string {
  if (/^[A-Za-z]$/.test(token)) return `[${token}${swapped(token)}]`;
  return token.startsWith('[')
    ? token.replace(
        /^(\[\^?)([\s\S]*)\]$/,
        (_whole, start: string, inner: string) => `${start}${inner}${swapped(inner)}]`,
      )
    : token;
}

const swapped = (text: string) =>
  text.replace(/\\[\s\S]|[A-Za-z]/g, (one) =>
    one.length > 1 ? one : one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase(),
  );

const tokenOf = (rest: string): string =>
  /^(?:\\[pP]\{\w+\}|\\x[0-9A-Fa-f]{2}|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\{\d+,?\d*\}|\(\?:|\(\?<\w+>|[\s\S])/.exec(
    rest,
  )?.[0] ?? rest;

function repeat(atom: string, [, least = '', comma = '', most = '']: RegExpExecArray, of: string) {
  const min = Number(least);
  const max = most === '' ? (comma ? Infinity : min) : Number(most);
  if (min > maxRepeat || (max !== Infinity && max > maxRepeat) || max < min)
    throw invalid(of, 'invalid repeat count');
  const optional = max === Infinity ? 0 : max - min;
  if (atom.length * (min + optional + 1) + optional * 5 > maxExpanded)
    throw invalid(of, 'expression too large');
  // Names of groups must not come twice.
  const plain = atom.replace(/\(\?<\w+>/g, '(?:');
  const rest = max === Infinity ? `(?:${plain})*` : '';
  return `(?:${plain.repeat(min)}${rest}${`(?:${plain}`.repeat(optional)}${')?'.repeat(optional)})`;
}
