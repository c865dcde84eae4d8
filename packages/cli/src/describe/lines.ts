import { cleanText } from '../printers/clean.ts';

/** A line of a description: cells with tabs between, indented by its level. */
export type Line = string;

/** A line; what the cells hold is cleaned here, so a value cannot move what is around it. */
export const line = (level: number, ...cells: readonly unknown[]): Line =>
  '  '.repeat(level) + cells.map((cell) => oneLine(textOf(cell))).join('\t');

const oneLine = (text: string) => cleanText(text).replace(/[\t\n]+/g, ' ');

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '<none>';
  return JSON.stringify(value);
}

/** `Labels:  a=b`, and one line more for each further value. */
export function listed(level: number, title: string, values: readonly string[]): readonly Line[] {
  const [first = '<none>', ...more] = values;
  return [line(level, title, first), ...more.map((value) => line(level, '', value))];
}

type Pairs = Readonly<Record<string, string>> | undefined;

const pairs = (of: Pairs, between: string): readonly string[] =>
  Object.entries(of ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}${between}${value}`);

export const labelLines = (level: number, title: string, labels: Pairs): readonly Line[] =>
  listed(level, title, pairs(labels, '='));

/** Annotations that only programs read; they would bury the others. */
const unread = ['kubectl.kubernetes.io/last-applied-configuration'];
const longest = 140;

export function annotationLines(level: number, annotations: Pairs): readonly Line[] {
  const shown = Object.entries(annotations ?? {}).filter(([name]) => !unread.includes(name));
  const texts = pairs(Object.fromEntries(shown), ': ').map((text) =>
    text.length > longest ? `${text.slice(0, longest)}...` : text,
  );
  return listed(level, 'Annotations:', texts);
}

/** `Tue, 24 Nov 2026 23:55:33 +0000`. */
export function timeText(time: string | undefined): string {
  if (!time) return '<unknown>';
  return new Date(time).toUTCString().replace('GMT', '+0000');
}

/** A table inside a description, its headers underlined on demand. */
export const tableLines = (
  level: number,
  headers: readonly string[],
  rows: readonly (readonly unknown[])[],
): readonly Line[] => [
  line(level, ...headers),
  line(level, ...headers.map((header) => '-'.repeat(header.length))),
  ...rows.map((row) => line(level, ...row)),
];
