import type { CelAst, Evaluate } from './ast.ts';
import { countNodes, evaluatedNodes } from './ast.ts';
import type { Meter } from './meter.ts';
import { rememberedRegex } from './remembered-regex.ts';
import { sizeOf } from './values.ts';

/**
 * Makes a checked expression pay as it runs: for each round of a loop what is in the loop, for functions and
 * comparisons the size of what they look at. What is not in a loop is bounded by the size of the expression.
 */
export function charge(root: CelAst, meter: () => Meter): void {
  const seen = new Set<CelAst>();
  const left = [root];
  for (let node = left.pop(); node; node = left.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const step of stepsOf(node)) chargeRound(step, meter);
    if (node.meta.alternate === undefined && node.meta.macro === undefined) chargeNode(node, meter);
    left.push(...evaluatedNodes(node));
  }
}

const charged = new WeakSet<CelAst>();

function stepsOf(node: CelAst): readonly CelAst[] {
  if (node.op === 'comprehension') return [(node.args as { readonly step: CelAst }).step];
  return node.meta.macro?.steps ?? [];
}

function chargeRound(step: CelAst, meter: () => Meter): void {
  if (charged.has(step)) return;
  charged.add(step);
  const cost = countNodes(step);
  const evaluate = evaluateOf(step);
  step.evaluate = (evaluator, node, context) => {
    meter().spend(cost);
    return evaluate(evaluator, node, context);
  };
}

/** How a node is evaluated when nothing is in the way; the library decides that at the first call. */
function evaluateOf(node: CelAst): Evaluate {
  if (Object.hasOwn(node, 'evaluate')) return node.evaluate;
  const { alternate, macro, evaluate } = node.meta;
  if (alternate) return (evaluator, _node, context) => evaluator.run(alternate, context);
  if (macro)
    return (evaluator, _node, context) => macro.evaluate(evaluator, macro as never, context);
  return evaluate;
}

interface Handled {
  handle?: (...args: unknown[]) => unknown;
}

function chargeNode(node: CelAst, meter: () => Meter): void {
  const handled = node as CelAst & Handled;
  const { handle } = handled;
  if (handle === undefined) return;
  if (node.op === 'rcall' && (node.args as readonly unknown[])[0] === 'matches')
    handled.handle = chargedMatch(meter);
  else if (node.op === 'call' || node.op === 'rcall')
    handled.handle = (values, ...rest) => {
      meter().spend(sizesOf(values as readonly unknown[], meter()));
      return handle(values, ...rest);
    };
  else if (['==', '!=', 'in', '+'].includes(node.op))
    handled.handle = (left, right, ...rest) => {
      meter().spend(sizesOf([left, right], meter()));
      return handle(left, right, ...rest);
    };
}

function sizesOf(values: readonly unknown[], meter: Meter): number {
  const limit = meter.remaining() + 1;
  return values.reduce<number>((sum, value) => sum + sizeOf(value, limit), 0);
}

/** The library's own `matches` takes JavaScript's patterns and can take forever. */
function chargedMatch(meter: () => Meter) {
  const regexOf = rememberedRegex();
  return (values: unknown): boolean => {
    const [text, pattern] = values as readonly [unknown, unknown];
    if (typeof text !== 'string' || typeof pattern !== 'string')
      throw new Error("no such overload: 'matches'");
    meter().spend(1 + ((text.length + 1) * (pattern.length + 4)) / 40);
    return regexOf(pattern).test(text);
  };
}
