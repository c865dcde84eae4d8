/** JSON with a line for every value, as `JSON.stringify(value, null, 2)` writes it: what stands in it stays to the letter. */
export function indentJson(text: string): string {
  const parts: string[] = [];
  let depth = 0;
  for (let at = 0; at < text.length;) {
    const next = text[at]!;
    const end = tokenEnd(text, at);
    if (isSpace(next)) {
      at = end;
      continue;
    }
    if (isOpening(next)) {
      const close = afterSpace(text, end);
      if (isClosing(text[close])) {
        parts.push(next, text[close]);
        at = close + 1;
        continue;
      }
      depth += 1;
      parts.push(next, lineOf(depth));
    } else if (isClosing(next)) {
      depth -= 1;
      parts.push(lineOf(depth), next);
    } else if (next === ',') parts.push(',', lineOf(depth));
    else if (next === ':') parts.push(': ');
    else parts.push(text.slice(at, end));
    at = end;
  }
  return parts.join('');
}

const lineOf = (depth: number) => `\n${'  '.repeat(depth)}`;
const isSpace = (char: string | undefined) =>
  char === ' ' || char === '\n' || char === '\t' || char === '\r';
const isOpening = (char: string) => char === '{' || char === '[';
const isClosing = (char: string | undefined) => char === '}' || char === ']';
const isAlone = (char: string) =>
  isOpening(char) || isClosing(char) || isSpace(char) || char === ',' || char === ':';

function afterSpace(text: string, at: number): number {
  while (isSpace(text[at])) at += 1;
  return at;
}

function tokenEnd(text: string, at: number): number {
  if (text[at] === '"') return stringEnd(text, at);
  let end = at + 1;
  if (isAlone(text[at]!)) return end;
  while (end < text.length && !isAlone(text[end]!)) end += 1;
  return end;
}

function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let escapes = 0;
    while (text[quote - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return quote + 1;
  }
  return text.length;
}
