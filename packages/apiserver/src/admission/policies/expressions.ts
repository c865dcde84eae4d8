import { createCelEnvironment } from '../../cel/environment.ts';
import type { CelEnvironment, Compilation, ResultType } from '../../cel/environment.ts';
import type { Meter } from '../../cel/meter.ts';

let shared: CelEnvironment | undefined;

/** What expressions of admission may speak of. Made at the first policy: most servers never see one. */
const environment = (): CelEnvironment =>
  (shared ??= createCelEnvironment({
    object: 'dyn',
    oldObject: 'dyn',
    request: 'dyn',
    params: 'dyn',
    namespaceObject: 'dyn',
    variables: 'dyn',
    authorizer: 'authorizer',
  }));

/** An expression that may turn out not to be one: then everything that needs it fails. */
export interface Expression {
  readonly text: string;
  readonly compilation: Compilation;
}

export const compileExpression = (text: string, ...results: readonly ResultType[]): Expression => ({
  text,
  compilation: environment().compile(text, ...results),
});

export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly exhausted: boolean };

export type Values = Readonly<Record<string, unknown>>;

const outOfBudget =
  'validation failed due to running out of cost budget, no further validation rules will be run';

/** The value of an expression, or why there is none, in upstream's words. */
export function evaluateExpression(
  { text, compilation }: Expression,
  values: Values,
  meter: Meter,
): Outcome {
  if (!compilation.ok)
    return { ok: false, message: `compilation error: ${compilation.message}`, exhausted: false };
  const result = compilation.program.evaluate(values, meter);
  if (result.ok) return result;
  return meter.exhausted()
    ? { ok: false, message: outOfBudget, exhausted: true }
    : {
        ok: false,
        message: `expression '${text}' resulted in error: ${result.message}`,
        exhausted: false,
      };
}

/** Named expressions; each is evaluated when another asks for it, at most once. They may use those before them. */
export function bindVariables(
  variables: readonly { readonly name: string; readonly expression: Expression }[],
  values: Values,
  meter: Meter,
): Values {
  const bound: Record<string, unknown> = {};
  const scope: Values = Object.defineProperties(
    { variables: bound },
    Object.getOwnPropertyDescriptors(values),
  );
  for (const { name, expression } of variables) {
    let outcome: Outcome | undefined;
    Object.defineProperty(bound, name, {
      enumerable: true,
      get: () => {
        outcome ??= evaluateExpression(expression, scope, meter);
        if (outcome.ok) return outcome.value;
        throw new Error(`composited variable "${name}" fails to evaluate: ${outcome.message}`);
      },
    });
  }
  return scope;
}
