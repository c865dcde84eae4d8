import type { CelAst } from './ast.ts';
import { innerNodes } from './ast.ts';

/** What went wrong and where, as the expression library tells it. */
interface Problem {
  readonly code?: string;
  readonly summary?: string;
  readonly message: string;
  readonly node?: CelAst;
  readonly range?: { readonly start: number };
}

/** A refusal of the parser or the type checker in upstream's words, with the place marked. */
export function compileErrorText(
  expression: string,
  error: unknown,
  isFunction: (name: string) => boolean,
): string {
  const problem = error as Problem;
  const known = typeof problem.summary === 'string';
  const message = known ? messageOf(problem, isFunction) : tooDeep;
  const offset = known ? offsetOf(expression, problem) : 0;
  return `ERROR: <input>:${place(expression, offset, message)}`;
}

const tooDeep = 'expression nesting is too deep';

function place(expression: string, offset: number, message: string): string {
  const before = expression.slice(0, offset).split('\n');
  const column = before.at(-1)!.length;
  const line = expression.split('\n')[before.length - 1]!;
  return `${before.length}:${column + 1}: ${message}\n | ${line}\n | ${'.'.repeat(column)}^`;
}

function messageOf(
  { code, summary = '', node }: Problem,
  isFunction: (name: string) => boolean,
): string {
  switch (code) {
    case 'unknown_variable':
      return `undeclared reference to '${String(node?.args)}' (in container '')`;
    case 'no_such_key':
      return `undefined field '${summary.slice('No such key: '.length)}'`;
    case 'no_such_overload':
    case 'no_matching_overload':
    case 'invalid_logical_operand':
      return node ? overloadText(node, isFunction) : summary;
    case 'cannot_index_type':
      return `type '${typeName(node)}' does not support field selection`;
    case 'heterogeneous_list_element':
    case 'heterogeneous_map_key':
    case 'heterogeneous_map_value':
      return summary.replace(
        /.*expected type '(.*)' but found '(.*)'/,
        "expected type '$1' but found '$2'",
      );
    default:
      return isSyntax(code) ? `Syntax error: ${lowerFirst(summary)}` : lowerFirst(summary);
  }
}

const syntaxCodes: ReadonlySet<string> = new Set([
  'parse_error',
  'expected_token',
  'unexpected_token',
  'unexpected_character',
  'reserved_identifier',
  'limit_exceeded',
]);

const isSyntax = (code: string | undefined) =>
  code !== undefined &&
  (syntaxCodes.has(code) || /unterminated|unexpected|invalid_.*(literal|escape|token)/.test(code));

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

const operatorNames: Readonly<Record<string, string>> = {
  in: '@in',
  '!_': '!_',
  '-_': '-_',
  '?:': '_?_:_',
};

function overloadText(node: CelAst, isFunction: (name: string) => boolean): string {
  const { op, args } = node;
  if (op !== 'call' && op !== 'rcall') {
    const name = operatorNames[op] ?? `_${op}_`;
    return `found no matching overload for '${name}' applied to '(${typeNames(innerNodes(node))})'`;
  }
  const [name, ...rest] = args as [string, ...unknown[]];
  if (!isFunction(name)) return `undeclared reference to '${name}' (in container '')`;
  const receiver = op === 'rcall' ? `${typeName(rest[0] as CelAst)}.` : '';
  const values = (op === 'rcall' ? rest[1] : rest[0]) as readonly CelAst[];
  return `found no matching overload for '${name}' applied to '${receiver}(${typeNames(values)})'`;
}

const typeNames = (nodes: readonly CelAst[]) => nodes.map(typeName).join(', ');

/** The type that the checker found, as upstream writes it. */
const typeName = (node: CelAst | undefined): string =>
  upstreamType(node?.checkedType?.name ?? 'dyn');

export const upstreamType = (name: string): string =>
  name
    .replaceAll(/dyn<(\w+)>/g, '$1')
    .replaceAll('google.protobuf.Timestamp', 'timestamp')
    .replaceAll('google.protobuf.Duration', 'duration')
    .replaceAll('optional<', 'optional_type(')
    .replaceAll('<', '(')
    .replaceAll('>', ')');

/** Upstream points at operators, at the dot before a field and at the parenthesis of a call. */
function offsetOf(expression: string, { node, range }: Problem): number {
  const start = node?.start ?? range?.start ?? 0;
  if (!node?.op) return start;
  const [left] = innerNodes(node);
  switch (node.op) {
    case '.':
    case '.?':
      return left ? Math.max(expression.indexOf('.', left.end), start) : start;
    case 'call':
    case 'rcall': {
      const name = (node.args as readonly [string])[0];
      const from = node.op === 'rcall' && left ? left.end : start;
      return Math.max(
        expression.indexOf('(', Math.max(expression.indexOf(name, from), start)),
        start,
      );
    }
    case 'id':
    case 'value':
    case '!_':
    case '-_':
      return start;
    default:
      return left ? Math.max(expression.indexOf(node.op.charAt(0), left.end), start) : start;
  }
}
