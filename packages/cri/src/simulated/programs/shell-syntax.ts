/** A word is text and variables, put together when it is used. */
export type Word = readonly ({ readonly text: string } | { readonly variable: string })[];

export interface Redirect {
  readonly from: 'stdout' | 'stderr';
  readonly to: 'stdout' | 'stderr' | { readonly file: Word; readonly how: 'replace' | 'append' };
}

export interface Command {
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
  /** What stands between this command and the next. */
  readonly then: Separator;
}

type Separator = ';' | '&' | '&&' | '||';

type Token =
  | { readonly kind: 'word'; readonly word: Word; readonly plain: boolean }
  | { readonly kind: 'separator'; readonly separator: Separator }
  | { readonly kind: 'redirect'; readonly fd: 1 | 2; readonly how: 'replace' | 'append' };

/**
 * The part of the shell's language that starts one command after another: words, quotes, variables, `;`, `&`, `&&`,
 * `||` and output redirections. Undefined for a script that needs more.
 */
export function parseScript(script: string): readonly Command[] | undefined {
  const tokens = tokenize(script);
  return tokens && parseCommands(tokens);
}

/** Words that begin what is not one command. */
const keywords = /^(if|while|until|for|case|function|select|!|\{|\[\[)$/;

function parseCommands(tokens: readonly Token[]): readonly Command[] | undefined {
  const commands: Command[] = [];
  let words: Word[] = [];
  let redirects: Redirect[] = [];
  const finish = (then: Separator): boolean => {
    if (words.length === 0 && redirects.length === 0) return then === ';';
    commands.push({ words, redirects, then });
    words = [];
    redirects = [];
    return true;
  };
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token.kind === 'word') {
      const [only] = token.word;
      const isKeyword = only && 'text' in only && keywords.test(only.text);
      if (words.length === 0 && token.plain && isKeyword) return undefined;
      words.push(token.word);
    } else if (token.kind === 'redirect') {
      const target = tokens[++at];
      if (target?.kind !== 'word') return undefined;
      redirects.push(redirectOf(token.fd, token.how, target.word));
    } else if (!finish(token.separator)) return undefined;
  }
  finish(';');
  return commands;
}

function redirectOf(fd: 1 | 2, how: 'replace' | 'append', word: Word): Redirect {
  const from = fd === 1 ? 'stdout' : 'stderr';
  const [only] = word;
  if (only && 'text' in only && only.text === '&1') return { from, to: 'stdout' };
  if (only && 'text' in only && only.text === '&2') return { from, to: 'stderr' };
  return { from, to: { file: word, how } };
}

/** Sticky patterns, tried in this order where a token may begin. */
const blank = /[ \t]+|\\\n|#[^\n]*/y;
const separator = /\n|;|&&|\|\||&/y;
const redirect = /([12]?)(>>?)[ \t]*(?:(&[12])(?=[\s;&|]|$))?/y;
/** What needs more than this parser: pipes, subshells, substitutions, input from files. */
const beyond = /[|<()`]/y;
const literal = /[^\s;&|<>()`"'$\\]+/y;
const singleQuoted = /'([^']*)'/y;
const escaped = /\\([^])/y;
const variable = /\$(?:\{([A-Za-z_]\w*|[0-9?!#])\}|([A-Za-z_]\w*|[0-9?!#]))/y;
const loneDollar = /\$(?![{(A-Za-z_0-9?!#@*$-])/y;
const quotedText = /[^"$`\\]+/y;
const quotedEscape = /\\(["$`\\])/y;

function tokenize(script: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(script) ?? undefined;
    if (match) at += match[0].length;
    return match;
  };

  const quoted = (parts: Word[number][]): boolean => {
    at++;
    while (script[at] !== '"') {
      if (at >= script.length) return false;
      const part = readPart(take, [quotedText, quotedEscape]);
      if (part) parts.push(part);
      else if (script[at] === '\\') parts.push({ text: script[at++]! });
      else return false;
    }
    at++;
    return true;
  };

  while (at < script.length) {
    if (take(blank)) continue;
    const between = take(separator)?.[0];
    if (between) {
      tokens.push({
        kind: 'separator',
        separator: between === '\n' ? ';' : (between as Separator),
      });
      continue;
    }
    const arrow = take(redirect);
    if (arrow) {
      const [, fd, sign, target] = arrow;
      tokens.push({
        kind: 'redirect',
        fd: fd === '2' ? 2 : 1,
        how: sign === '>>' ? 'append' : 'replace',
      });
      if (target) tokens.push({ kind: 'word', word: [{ text: target }], plain: false });
      continue;
    }
    if (take(beyond)) return undefined;
    const parts: Word[number][] = [];
    let plain = true;
    const start = at;
    for (;;) {
      if (script[at] === '"') {
        plain = false;
        if (!quoted(parts)) return undefined;
        continue;
      }
      const single = take(singleQuoted);
      if (single) {
        plain = false;
        parts.push({ text: single[1]! });
        continue;
      }
      const part = readPart(take, [literal, escaped]);
      if (!part) break;
      parts.push(part);
    }
    if (at === start) return undefined;
    tokens.push({ kind: 'word', word: parts, plain });
  }
  return tokens;
}

function readPart(
  take: (pattern: RegExp) => RegExpExecArray | undefined,
  [text, escape]: readonly [RegExp, RegExp],
): Word[number] | undefined {
  const plain = take(text);
  if (plain) return { text: plain[0] };
  const escapedText = take(escape);
  if (escapedText) return { text: escapedText[1]! };
  const named = take(variable);
  if (named) return { variable: (named[1] ?? named[2])! };
  return take(loneDollar) && { text: '$' };
}
