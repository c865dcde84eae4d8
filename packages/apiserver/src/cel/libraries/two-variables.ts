import type { Environment } from '@marcbachmann/cel-js';
import type { CelAst, Checker, Context, Evaluator, LibraryType, Macro } from '../ast.ts';

/** How a loop over keys and values comes to its result. */
interface Loop {
  readonly name: string;
  readonly arguments: 3 | 4;
  /** The type of the result, from that of the step and of what is looped over. */
  readonly type: (checker: Checker, step: LibraryType, over: LibraryType) => LibraryType;
  readonly run: (rounds: Iterable<Round>) => unknown;
}

interface Round {
  readonly key: unknown;
  /** The condition; true for loops without one. */
  readonly matches: () => unknown;
  readonly step: () => unknown;
}

const bool = (checker: Checker) => checker.getType('bool');
const dyn = (checker: Checker) => checker.getType('dyn');
const listOf = (checker: Checker, step: LibraryType) => checker.registry.getListType(step);
const mapOf = (checker: Checker, step: LibraryType, over: LibraryType) =>
  checker.registry.getMapType(keyTypeOf(checker, over), step);

const keyTypeOf = (checker: Checker, over: LibraryType): LibraryType =>
  over.kind === 'list' ? checker.getType('int') : (over.keyType ?? dyn(checker));

const valueTypeOf = (checker: Checker, over: LibraryType): LibraryType =>
  over.valueType ?? dyn(checker);

/** Errors count only when no other round decides. */
function decide(rounds: Iterable<Round>, decisive: boolean): boolean {
  let error: unknown;
  for (const { step } of rounds) {
    try {
      if (step() === decisive) return decisive;
    } catch (caught) {
      error ??= caught;
    }
  }
  if (error !== undefined) throw error as Error;
  return !decisive;
}

function isOne(rounds: Iterable<Round>): boolean {
  let count = 0;
  for (const { step } of rounds) if (step() === true) count++;
  return count === 1;
}

function transformList(rounds: Iterable<Round>): unknown {
  const list: unknown[] = [];
  for (const { matches, step } of rounds) if (matches() === true) list.push(step());
  return list;
}

function transformMap(rounds: Iterable<Round>): unknown {
  const map = new Map<unknown, unknown>();
  for (const { key, matches, step } of rounds) if (matches() === true) map.set(key, step());
  return map;
}

const loops: readonly Loop[] = [
  { name: 'all', arguments: 3, type: bool, run: (rounds) => decide(rounds, false) },
  { name: 'exists', arguments: 3, type: bool, run: (rounds) => decide(rounds, true) },
  { name: 'existsOne', arguments: 3, type: bool, run: isOne },
  { name: 'exists_one', arguments: 3, type: bool, run: isOne },
  { name: 'transformList', arguments: 3, type: listOf, run: transformList },
  { name: 'transformList', arguments: 4, type: listOf, run: transformList },
  { name: 'transformMap', arguments: 3, type: mapOf, run: transformMap },
  { name: 'transformMap', arguments: 4, type: mapOf, run: transformMap },
];

interface Call {
  readonly args: readonly CelAst[];
  readonly receiver: CelAst;
}

interface LoopMacro extends Macro {
  readonly typeCheck: (checker: Checker, macro: unknown, context: Context) => LibraryType;
  readonly async: false;
}

function expand(loop: Loop, { args, receiver }: Call): LoopMacro {
  const [key, value] = args as readonly [CelAst, CelAst];
  const step = args.at(-1)!;
  const condition = loop.arguments === 4 ? args[2]! : undefined;
  let inner: { readonly outer: Context; readonly context: Context } | undefined;
  return {
    async: false,
    steps: condition ? [condition, step] : [step],
    typeCheck(checker, _macro, context) {
      for (const one of [key, value])
        if (one.op !== 'id')
          throw checker.createError(
            'invalid_macro_argument',
            'argument must be a simple name',
            one,
          );
      const over = checker.check(receiver, context);
      const outer = context.forkWithVariable(String(key.args), keyTypeOf(checker, over));
      const both = outer.forkWithVariable(String(value.args), valueTypeOf(checker, over));
      inner = { outer, context: both };
      if (condition) checker.check(condition, both);
      return loop.type(checker, checker.check(step, both), over);
    },
    evaluate(evaluator: Evaluator, _macro: never, context: Context) {
      const over = evaluator.run(receiver, context);
      const { outer, context: both } = inner!;
      const rounds = function* (): Generator<Round> {
        for (const [one, held] of entriesOf(over)) {
          both
            .reuse(outer.reuse(context).setIterValue(one, evaluator))
            .setIterValue(held, evaluator);
          yield {
            key: one,
            matches: () => (condition ? evaluator.run(condition, both) : true),
            step: () => evaluator.run(step, both),
          };
        }
      };
      return loop.run(rounds());
    },
  };
}

function entriesOf(over: unknown): Iterable<readonly [unknown, unknown]> {
  if (Array.isArray(over)) return over.map((one: unknown, i) => [BigInt(i), one] as const);
  if (over instanceof Map) return over as Map<unknown, unknown>;
  if (typeof over === 'object' && over !== null) return Object.entries(over);
  throw new Error('no such overload');
}

/** `all`, `exists` and the like with an index or key beside the value. */
export function twoVariablesLibrary(environment: Environment): void {
  for (const loop of loops)
    environment.registerFunction(
      `list.${loop.name}(${Array.from({ length: loop.arguments }, () => 'ast').join(', ')}): dyn`,
      (call: Call) => expand(loop, call),
    );
}
