import type { Environment } from '@marcbachmann/cel-js';
import { rememberedRegex } from '../remembered-regex.ts';

/** `find` and `findAll`. */
export function regexLibrary(environment: Environment): void {
  const regexOf = rememberedRegex();
  const findAll = (text: string, pattern: string, limit = -1n) => [
    ...regexOf(pattern).findAll(text, limit < 0n ? Infinity : Number(limit)),
  ];
  environment
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => findAll(text, pattern, 1n)[0] ?? '',
    )
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
      findAll(text, pattern),
    )
    .registerFunction('string.findAll(string, int): list<string>', findAll)
    .registerFunction('matches(string, string): bool', (text: string, pattern: string) =>
      regexOf(pattern).test(text),
    );
}
