import { createContext, Script } from 'node:vm';

/** Texts that are too short for any pattern to take long. */
const shortText = 20;
const longestMs = 200;

const script = new Script('expression.test(text)');
const sandbox = createContext({ expression: /./, text: '' });

const compiled = new Map<string, RegExp | undefined>();
const mostCompiled = 1000;

/** The pattern as this engine reads it; undefined when it cannot. */
export function compilePattern(pattern: string): RegExp | undefined {
  if (compiled.has(pattern)) return compiled.get(pattern);
  if (compiled.size >= mostCompiled) compiled.clear();
  const expression = attempt(asJavaScript(pattern), 'u') ?? attempt(asJavaScript(pattern), '');
  compiled.set(pattern, expression);
  return expression;
}

/** Whether a text matches. A pattern that goes on for too long is taken for one that does not. */
export function matchesPattern(pattern: string, text: string): boolean {
  const expression = compilePattern(pattern);
  if (!expression) return true;
  if (text.length <= shortText) return expression.test(text);
  Object.assign(sandbox, { expression, text });
  try {
    return script.runInContext(sandbox, { timeout: longestMs }) === true;
  } catch {
    return false;
  }
}

function attempt(pattern: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return undefined;
  }
}

/** What RE2 writes in another way. */
const asJavaScript = (pattern: string) =>
  pattern
    .replace(/\(\?P</g, '(?<')
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
    .replace(/\[\[:alpha:\]\]/g, '[A-Za-z]')
    .replace(/\[\[:digit:\]\]/g, '[0-9]')
    .replace(/\[\[:alnum:\]\]/g, '[0-9A-Za-z]')
    .replace(/\[\[:space:\]\]/g, '\\s');
