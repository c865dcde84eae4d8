const token =
  /[rRbB]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*')|\/\/[^\n]*|[A-Za-z_][\w.]*|[\s\S]/g;

/**
 * Writes literals of objects, `Object.spec{replicas: 2}` and `JSONPatch{op: "add"}`, as maps: the expression library
 * knows no other literals with fields.
 */
export function withoutObjectLiterals(expression: string): string {
  const tokens = expression.match(token) ?? [];
  /** What is open: an object whose next name is a field, an object elsewhere, or anything else. */
  const open: ('field' | 'object' | 'other')[] = [];
  let out = '';
  for (const [index, one] of tokens.entries()) {
    if (isTypeName(one) && nextSolid(tokens, index) === '{') {
      open.push('field');
      continue;
    }
    if (one === '{' && open.at(-1) === 'field' && isTypeName(lastSolid(tokens, index))) {
      out += one;
      continue;
    }
    if (one === '{' || one === '(' || one === '[') open.push('other');
    else if (one === '}' || one === ')' || one === ']') open.pop();
    else if (one === ',' && open.at(-1) === 'object') open[open.length - 1] = 'field';
    else if (open.at(-1) === 'field' && /^[A-Za-z_]/.test(one)) {
      open[open.length - 1] = 'object';
      out += JSON.stringify(unescaped(one));
      continue;
    }
    out += one;
  }
  return out;
}

const isTypeName = (text: string) => /^(?:Object(?:\.\w+)*|JSONPatch)$/.test(text);

/** Fields whose names are words of the language are written with underscores around them. */
const unescaped = (field: string) => /^__(\w+)__$/.exec(field)?.[1] ?? field;

const isSolid = (text: string) => text.trim() !== '' && !text.startsWith('//');

const nextSolid = (tokens: readonly string[], index: number) =>
  tokens.slice(index + 1, index + 20).find(isSolid);

const lastSolid = (tokens: readonly string[], index: number) =>
  tokens.slice(Math.max(0, index - 20), index).findLast(isSolid) ?? '';
