import { Environment } from '@marcbachmann/cel-js';
import type { CelAst } from './ast.ts';
import { charge } from './charge.ts';
import { compileErrorText, upstreamType } from './compile-error.ts';
import { libraries } from './libraries/index.ts';
import { createMeter, perCallLimit } from './meter.ts';
import type { Meter } from './meter.ts';
import { widenPresence } from './presence.ts';
import { libraryName, objectTypesIn } from './types.ts';
import type { CelType, ObjectType } from './types.ts';
import { toCel, toJson } from './values.ts';
import type { ValueContext } from './values.ts';

/** What came of one evaluation. `value` is as expressions see it; `toJson` makes JSON of it. */
type Evaluation =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly exhausted: boolean };

/** An expression that has been checked; safe to keep and to evaluate any number of times. */
interface CelProgram {
  readonly expression: string;
  /** The type of the result as upstream writes it: `bool`, `list(string)`, `dyn`. */
  readonly type: string;
  /** Whether a variable occurs in it. */
  uses(name: string): boolean;
  /**
   * Runs it over plain JSON. A variable without a value is unknown to the expression; values may be getters, they are
   * asked for at most once. Ends with upstream's cost error when it takes too long; `meter` is shared by many.
   */
  evaluate(values: Readonly<Record<string, unknown>>, meter?: Meter): Evaluation;
}

export type Compilation =
  | { readonly ok: true; readonly program: CelProgram }
  /** `compilation failed: ERROR: <input>:1:1: …` */
  | { readonly ok: false; readonly message: string };

/** The types that a result may have: `bool`, `string`. */
export type ResultType = 'bool' | 'string' | 'null' | 'dyn';

/** Compiles expressions over one set of variables. */
export interface CelEnvironment {
  compile(expression: string, ...results: readonly ResultType[]): Compilation;
}

let shared: Environment | undefined;

/** Made at the first expression: most servers never see one. */
function baseEnvironment(): Environment {
  if (shared) return shared;
  const base = new Environment({
    enableOptionalTypes: true,
    // Strictness here would refuse `[1, object.spec.replicas]`, whose second type is not known.
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 20_000, maxDepth: 100 },
  });
  for (const library of libraries) library(base);
  shared = base;
  return base;
}

/** Variables by name, with what is known of their values. */
export function createCelEnvironment(variables: Readonly<Record<string, CelType>>): CelEnvironment {
  const base = baseEnvironment();
  const library = base.clone();
  const prototypes = registerTypes(library, objectTypesIn(Object.values(variables)));
  const nameOf = (type: ObjectType) => prototypes.get(type)!.name;
  for (const [name, type] of Object.entries(variables))
    library.registerVariable(name, libraryName(type, nameOf));
  const context: ValueContext = {
    prototypeOf: (type) => prototypes.get(type)!.prototype,
    duration: (text) => base.evaluate(`duration(${JSON.stringify(text)})`) as unknown,
  };
  return {
    compile: (expression, ...results) =>
      compile({ library, variables, context }, expression, results),
  };
}

interface TypeHandle {
  readonly name: string;
  readonly prototype: object;
}

/** Gives each object type a name and a constructor: the library knows values by the latter. */
function registerTypes(
  library: Environment,
  types: readonly ObjectType[],
): ReadonlyMap<ObjectType, TypeHandle> {
  const handles = new Map<ObjectType, TypeHandle>();
  types.forEach((type, index) => {
    const constructor = function () {
      return undefined;
    };
    const prototype = Object.create(Map.prototype, {
      constructor: { value: constructor },
    }) as object;
    handles.set(type, { name: `object${index}`, prototype });
    const nameOf = (inner: ObjectType) => handles.get(inner)!.name;
    const fields = Object.fromEntries(
      Object.entries(type.fields).map(([name, field]) => [name, libraryName(field, nameOf)]),
    );
    library.registerType(`object${index}`, { ctor: constructor, fields });
    library.registerOperator(`object${index} == object${index}`, isSameMap);
  });
  return handles;
}

function isSameMap(a: Map<string, unknown>, b: Map<string, unknown>): boolean {
  return (
    a.size === b.size && [...a].every(([key, value]) => b.has(key) && isSame(value, b.get(key)))
  );
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Map && b instanceof Map)
    return isSameMap(a as Map<string, unknown>, b as Map<string, unknown>);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, index) => isSame(one, b[index]));
  return isOpaque(a) && isOpaque(b) && String(toJson(a)) === String(toJson(b));
}

const isOpaque = (value: unknown) =>
  typeof value === 'object' && value !== null && !(value instanceof Map) && !Array.isArray(value);

interface Parts {
  readonly library: Environment;
  readonly variables: Readonly<Record<string, CelType>>;
  readonly context: ValueContext;
}

function compile(parts: Parts, expression: string, results: readonly ResultType[]): Compilation {
  const failed = (error: unknown): Compilation => ({
    ok: false,
    message: `compilation failed: ${compileErrorText(expression, error, isFunctionOf(parts.library))}`,
  });
  try {
    const parsed = parts.library.parse(expression);
    widenPresence(parsed.ast as unknown as CelAst);
    const { valid, type, error } = parsed.check();
    if (!valid) return failed(error);
    const found = upstreamType(type ?? 'dyn');
    const expected = expectation(found, results);
    if (expected !== undefined) return { ok: false, message: expected };
    return { ok: true, program: createProgram(parts, expression, parsed, found) };
  } catch (error) {
    return failed(error);
  }
}

const isFunctionOf =
  (library: Environment) =>
  (name: string): boolean =>
    library.getDefinitions().functions.some((one) => one.name === name);

/** What is only known at run time is looked at then. */
function expectation(found: string, results: readonly ResultType[]): string | undefined {
  if (results.length === 0 || found.startsWith('dyn') || found === 'param') return undefined;
  if (results.some((one) => one === found)) return undefined;
  const names = results.map((one) => (one === 'null' ? 'null_type' : one));
  return names.length === 1
    ? `must evaluate to ${names[0]!}`
    : `must evaluate to one of [${names.join(' ')}]`;
}

function createProgram(
  { variables, context }: Parts,
  expression: string,
  parsed: ReturnType<Environment['parse']>,
  type: string,
): CelProgram {
  let current: Meter = createMeter(0);
  charge(parsed.ast as unknown as CelAst, () => current);
  const evaluate = (values: Readonly<Record<string, unknown>>, total?: Meter): Evaluation => {
    const before = current;
    const limit = Math.min(perCallLimit, total?.remaining() ?? perCallLimit);
    const meter = createMeter(limit);
    current = meter;
    try {
      const value: unknown = parsed(bind(values, variables, context));
      if (meter.exhausted()) return exhausted;
      return { ok: true, value };
    } catch (error) {
      return meter.exhausted()
        ? exhausted
        : { ok: false, message: runErrorText(error), exhausted: false };
    } finally {
      current = before;
      settle(total, limit - meter.remaining(), meter.exhausted());
    }
  };
  const words = new Set(expression.match(/[A-Za-z_]\w*/g));
  return { expression, type, uses: (name) => words.has(name), evaluate };
}

const exhausted: Evaluation = {
  ok: false,
  message: 'operation cancelled: actual cost limit exceeded',
  exhausted: true,
};

/** The shared meter learns what was used; it throws when it is the one that has run out, which the result says already. */
function settle(total: Meter | undefined, used: number, beyond: boolean): void {
  try {
    total?.spend(beyond ? used + 1 : used);
  } catch {
    // Nothing is left: the next evaluation ends at its first step.
  }
}

/** Converts each variable when the expression asks for it. */
function bind(
  values: Readonly<Record<string, unknown>>,
  variables: Readonly<Record<string, CelType>>,
  context: ValueContext,
): Record<string, unknown> {
  const bound: Record<string, unknown> = {};
  for (const name of Object.keys(variables)) {
    if (!(name in values)) continue;
    const type = variables[name]!;
    let known: { readonly value: unknown } | undefined;
    Object.defineProperty(bound, name, {
      enumerable: true,
      get: () => {
        known ??= { value: toCel(values[name], type, context) };
        return known.value;
      },
    });
  }
  return bound;
}

/** Upstream's words for the errors that expressions meet most. */
function runErrorText(error: unknown): string {
  const { code, summary, message } = error as {
    readonly code?: string;
    readonly summary?: string;
    readonly message: string;
  };
  const text = (summary ?? message).split('\n')[0]!;
  if (code === 'index_out_of_bounds')
    return text.replace(/.*index (-?\d+).*/, 'index out of bounds: $1');
  if (code === 'modulo_by_zero') return 'modulus by zero';
  if (code === 'numeric_overflow') return 'integer overflow';
  if (code === 'no_such_overload' || code === 'no_matching_overload') return 'no such overload';
  return text.startsWith('No such key') ? `n${text.slice(1)}` : text;
}
