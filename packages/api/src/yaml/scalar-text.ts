import { resolvePlain } from './resolve.ts';

export interface Place {
  /** Where the text starts. */
  readonly column: number;
  /** Where its further lines start. */
  readonly indent: number;
  /** A key stays on its line. */
  readonly isKey: boolean;
}

/** Folding starts at the first space after this column. */
const width = 80;

/** Writes a string in the plainest style that reads back as the same string. */
export function formatScalar(text: string, place: Place): string {
  const traits = look(text);
  if (text.includes('\n')) {
    return traits.block && !place.isKey ? literal(text, place.indent) : doubleQuoted(text, place);
  }
  // kubectl leaves this key bare, and then cannot read it back.
  if (!readsAsString(text) || (text === '<<' && place.isKey)) return doubleQuoted(text, place);
  if (traits.plain) return fold(Array.from(text), place, false).join('');
  return traits.singleQuoted ? singleQuoted(text, place) : doubleQuoted(text, place);
}

interface Traits {
  readonly plain: boolean;
  readonly singleQuoted: boolean;
  readonly block: boolean;
}

function look(text: string): Traits {
  const special = unprintable.test(text) || / [\r\n\u2028\u2029]/.test(text);
  const breakBeforeSpace = /[\r\n\u2028\u2029] /.test(text);
  return {
    plain:
      !special &&
      !/^[ \n\u2028\u2029]|[ \n\u2028\u2029]$/.test(text) &&
      !/[\n\u2028\u2029]/.test(text) &&
      !hasIndicator(text),
    singleQuoted: !special && !breakBeforeSpace && !/[\u2028\u2029]/.test(text),
    block: !special && !text.endsWith(' ') && !/[\u2028\u2029]/.test(text),
  };
}

const unprintable = /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;

const hasIndicator = (text: string) =>
  /^(---|\.\.\.)/.test(text) ||
  /^[#,[\]{}&*!|>'"%@`]/.test(text) ||
  /^[?:-]( |\n|$)/.test(text) ||
  /:( |\n|$)/.test(text) ||
  /[ \n]#/.test(text);

/** Also quoted, because other readers of YAML 1.1 take them for something else: times of day and dates. */
const readsAsString = (text: string) =>
  typeof resolvePlain(text) === 'string' && !base60.test(text) && !isTimestamp(text);

const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const timestamp =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+]\d\d:\d\d))|(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?))?$/;

function isTimestamp(text: string): boolean {
  const match = timestamp.exec(text);
  if (!match) return false;
  const [year = 0, month = 0, day = 0] = match.slice(1, 4).map(Number);
  const [hour = 0, minute = 0, second = 0] = match
    .slice(4)
    .filter((part: string | undefined) => typeof part === 'string')
    .map(Number);
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= lastDay;
  return isDate && hour < 24 && minute < 60 && second < 60;
}

function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  const lines = body.split('\n').map((line) => (line ? `${' '.repeat(indent)}${line}` : ''));
  return `|${hint}${chomp}\n${lines.join('\n')}`;
}

const singleQuoted = (text: string, place: Place) => {
  const inner = Array.from(text).map((character) => (character === "'" ? "''" : character));
  return `'${fold(inner, { ...place, column: place.column + 1 }, true).join('')}'`;
};

function doubleQuoted(text: string, place: Place): string {
  const inner = Array.from(text).map(escaped);
  return `"${fold(inner, { ...place, column: place.column + 1 }, true, '\\').join('')}"`;
}

/**
 * Replaces single spaces beyond the width by line breaks. `continuation` is what lets a break stand between two spaces;
 * without it only a lone space may become a break.
 */
function fold(
  characters: readonly string[],
  { column: start, indent, isKey }: Place,
  quoted: boolean,
  continuation?: string,
): readonly string[] {
  if (isKey) return characters;
  const lineBreak = `\n${' '.repeat(indent)}`;
  const last = characters.length - 1;
  let column = start;
  let afterSpace = false;
  return characters.map((character, at) => {
    const isSpace = character === ' ';
    const nextIsSpace = characters[at + 1] === ' ';
    const inside = !quoted || (at > 0 && at < last);
    const breaks =
      isSpace &&
      !afterSpace &&
      column > width &&
      inside &&
      (!nextIsSpace || continuation !== undefined);
    afterSpace = isSpace;
    if (!breaks) {
      column += character.length;
      return character;
    }
    const text = nextIsSpace ? `${lineBreak}${continuation ?? ''}` : lineBreak;
    column = text.length - 1;
    return text;
  });
}

const names: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\u2028': 'L',
  '\u2029': 'P',
};

function escaped(character: string): string {
  const name = names[character];
  if (name !== undefined) return `\\${name}`;
  if (!unprintable.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
