import { Optional } from '@marcbachmann/cel-js';
import type { CelAst, Checker, Context, Evaluator } from './ast.ts';
import { evaluatedNodes } from './ast.ts';

interface Replaceable extends CelAst {
  setMeta(key: 'macro', macro: object): void;
}

/**
 * Lets `has()` look behind anything that has fields, `has(self.items[0].name)`; the library's own takes names only.
 * Must run before the expression is checked.
 */
export function widenPresence(root: CelAst): void {
  const seen = new Set<CelAst>();
  const left = [root];
  for (let node = left.pop(); node; node = left.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    const [name, args] = node.op === 'call' ? (node.args as [string, readonly CelAst[]]) : [''];
    if (name === 'has' && node.meta.macro && args?.length === 1)
      (node as Replaceable).setMeta('macro', presence(args[0]!));
    left.push(...(node.meta.macro?.steps ?? []), ...evaluatedNodes(node));
  }
}

function presence(selection: CelAst) {
  return {
    async: false,
    typeCheck(checker: Checker, _macro: unknown, context: Context) {
      if (selection.op !== '.')
        throw checker.createError(
          'invalid_macro_argument',
          'invalid argument to has() macro',
          selection,
        );
      checker.check(selection, context);
      return checker.getType('bool');
    },
    evaluate(evaluator: Evaluator, _macro: unknown, context: Context): boolean {
      const [operand, field] = selection.args as readonly [CelAst, string];
      return hasField(evaluator.run(operand, context), field);
    },
  };
}

function hasField(value: unknown, field: string): boolean {
  if (value instanceof Optional) return value.hasValue() && hasField(value.value(), field);
  if (value instanceof Map) return value.has(field);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.hasOwn(value, field);
  throw new Error('no such overload');
}
