/** No vowels and nothing that looks like another character, so that no word appears. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const maxNameLength = 63;

/** `length` characters that are safe in names. `random` gives numbers from 0 up to, not including, 1. */
export const randomSuffix = (random: () => number, length = suffixLength): string =>
  Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)] ?? 'b').join('');

/** The name for a `generateName`: its first 58 characters and five random ones. */
export const generateName = (prefix: string, random: () => number): string =>
  prefix.slice(0, maxNameLength - suffixLength) + randomSuffix(random);

/**
 * Any text as characters that are safe in names, one for each: how the hash in a ReplicaSet's name is written.
 */
export const safeEncode = (text: string): string =>
  Array.from(text, (character) => alphabet[character.charCodeAt(0) % alphabet.length] ?? 'b').join(
    '',
  );
