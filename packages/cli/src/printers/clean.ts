const escape = String.fromCharCode(0x1b);

/** Whole sequences first, so that no half of one is left as text; then what else steers a terminal. */
const sequences = new RegExp(
  [
    `${escape}\\[[0-?]*[ -/]*[@-~]`, // colours, cursor
    `${escape}[\\]PX^_][^${escape}\\u0007]*(?:\\u0007|${escape}\\\\)?`, // titles, links, device strings
    `${escape}[ -/]*[0-~]`,
  ].join('|'),
  'g',
);
// eslint-disable-next-line no-control-regex -- these are what must not reach a terminal
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
// eslint-disable-next-line no-control-regex -- as above; the quick way out for nearly every text
const suspicious = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** The text without anything that a terminal would obey; tabs and line breaks stay. */
export const cleanText = (text: string): string =>
  suspicious.test(text) ? text.replace(sequences, '').replace(controls, '') : text;

/** The same for a cell of a table, which has one line: what follows the first is cut off, visibly. */
export function cleanCell(text: string): string {
  const clean = cleanText(text).replaceAll('\t', ' ');
  const end = clean.indexOf('\n');
  return end < 0 ? clean : `${clean.slice(0, end)}...`;
}
