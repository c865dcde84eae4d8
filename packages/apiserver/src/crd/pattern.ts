import { compileLinearRegex } from '../cel/linear-regex.ts';

type Compiled = { readonly test: (text: string) => boolean } | { readonly problem: string };

const compiled = new Map<string, Compiled>();
const mostCompiled = 1000;

/** Why a pattern cannot be read; undefined when it can. */
export function patternProblem(pattern: string): string | undefined {
  const found = compile(pattern);
  return 'problem' in found ? found.problem : undefined;
}

/** Whether a text matches, found out in time that is linear in the text. Nothing matches what cannot be read. */
export function matchesPattern(pattern: string, text: string): boolean {
  const found = compile(pattern);
  return 'test' in found && found.test(text);
}

function compile(pattern: string): Compiled {
  const known = compiled.get(pattern);
  if (known) return known;
  if (compiled.size >= mostCompiled) compiled.clear();
  const made = attempt(pattern);
  compiled.set(pattern, made);
  return made;
}

function attempt(pattern: string): Compiled {
  try {
    return compileLinearRegex(pattern);
  } catch (err) {
    return { problem: err instanceof Error ? err.message : String(err) };
  }
}
