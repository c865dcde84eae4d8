import { compileLinearRegex } from './linear-regex.ts';
import type { LinearRegex } from './linear-regex.ts';

/** Compiles a pattern unless it is the last one again: most patterns are literals. */
export function rememberedRegex(): (pattern: string) => LinearRegex {
  let last: { readonly pattern: string; readonly regex: LinearRegex } | undefined;
  return (pattern) => {
    if (last?.pattern !== pattern) last = { pattern, regex: compileLinearRegex(pattern) };
    return last.regex;
  };
}
