/** The order in which kubectl prints keys: letters by code point and after everything else, runs of digits by value. */
export function compareKeys(first: string, second: string): number {
  const a = Array.from(first);
  const b = Array.from(second);
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a[at] === b[at]) at++;
  if (at === shorter) return a.length - b.length;
  const x = a[at] ?? '';
  const y = b[at] ?? '';
  const letters = Number(isLetter(x)) - Number(isLetter(y));
  if (letters !== 0) return letters;
  if (isLetter(x)) return codePoint(x) - codePoint(y);
  return compareNumbers(a, b, at) || codePoint(x) - codePoint(y);
}

const isLetter = (character: string) => /^\p{L}$/u.test(character);
const isDigit = (character: string | undefined) =>
  character !== undefined && /^\p{Nd}$/u.test(character);
const codePoint = (character: string) => character.codePointAt(0) ?? 0;

function compareNumbers(a: readonly string[], b: readonly string[], at: number): number {
  const lead = (a[at] === '0' || b[at] === '0') && followsNumber(a, at) ? '1' : '0';
  const x = digitsFrom(a, at);
  const y = digitsFrom(b, at);
  const difference = BigInt(lead + x) - BigInt(lead + y);
  return difference === 0n ? x.length - y.length : difference > 0n ? 1 : -1;
}

/** A zero inside a number is not a leading zero. */
function followsNumber(characters: readonly string[], at: number): boolean {
  for (let before = at - 1; before >= 0 && isDigit(characters[before]); before--) {
    if (characters[before] !== '0') return true;
  }
  return false;
}

function digitsFrom(characters: readonly string[], start: number): string {
  let end = start;
  while (/^[0-9]$/.test(characters[end] ?? '')) end++;
  return characters.slice(start, end).join('');
}
