/** A node of a parsed expression, as far as costs and error texts must know it. */
export interface CelAst {
  readonly op: string;
  readonly args: unknown;
  readonly start: number;
  readonly end: number;
  readonly checkedType?: { readonly name: string };
  readonly meta: {
    readonly alternate?: CelAst;
    readonly macro?: Macro;
    readonly evaluate: Evaluate;
  };
  evaluate: Evaluate;
}

export type Evaluate = (evaluator: Evaluator, node: CelAst, context: Context) => unknown;

/** The library's interpreter. */
export interface Evaluator {
  run(node: CelAst, context: Context): unknown;
  createError(code: string, message: string, node?: CelAst): Error;
}

/** The library's type checker. */
export interface Checker {
  check(node: CelAst, context: Context): LibraryType;
  getType(name: string): LibraryType;
  createError(code: string, message: string, node?: CelAst): Error;
  readonly registry: {
    getListType(item: LibraryType): LibraryType;
    getMapType(key: LibraryType, value: LibraryType): LibraryType;
  };
}

export interface LibraryType {
  readonly kind: string;
  readonly name: string;
  readonly keyType?: LibraryType;
  readonly valueType?: LibraryType;
}

/** The variables in scope. */
export interface Context {
  forkWithVariable(name: string, type: LibraryType): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}

/** What a macro makes of a call. */
export interface Macro {
  readonly evaluate: (evaluator: Evaluator, macro: never, context: Context) => unknown;
  /** Evaluated once per round of a loop. */
  readonly steps?: readonly CelAst[];
}

const isNode = (value: unknown): value is CelAst =>
  typeof value === 'object' && value !== null && 'op' in value && 'start' in value;

/** The nodes directly below a node, in the order in which they were written. */
export function innerNodes({ args }: CelAst): readonly CelAst[] {
  if (isNode(args)) return [args];
  if (Array.isArray(args)) return args.flat(2).filter(isNode);
  if (typeof args === 'object' && args !== null) return Object.values(args).filter(isNode);
  return [];
}

/** What is really evaluated below a node, expansions of macros included. */
export const evaluatedNodes = (node: CelAst): readonly CelAst[] =>
  node.meta.alternate ? [node.meta.alternate] : innerNodes(node);

export function countNodes(node: CelAst): number {
  let count = 0;
  const left = [node];
  for (let next = left.pop(); next; next = left.pop()) {
    count++;
    left.push(...evaluatedNodes(next));
  }
  return count;
}
