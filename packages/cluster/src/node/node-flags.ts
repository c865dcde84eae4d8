import type { Taint } from '@berth/api';

/** `KEY=VALUE` pairs, as labels and reserved resources are written; a key alone has an empty value. */
export const parsePairs = (pairs: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(pairs.map(splitPair));

/** `KEY=VALUE:EFFECT` or `KEY:EFFECT`. */
export const parseTaints = (texts: readonly string[]): readonly Taint[] =>
  texts.map((text) => {
    const colon = text.lastIndexOf(':');
    if (colon < 1) throw new Error(`${JSON.stringify(text)} is not a taint like KEY=VALUE:EFFECT`);
    const [key, value] = splitPair(text.slice(0, colon));
    return { key, ...(value && { value }), effect: text.slice(colon + 1) };
  });

function splitPair(pair: string): readonly [string, string] {
  const equals = pair.indexOf('=');
  return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
}
