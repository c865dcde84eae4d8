import { badRequest, StatusError } from '../status.ts';
import { aggregate, keyErrors, makeRequirement } from './requirement.ts';
import { sortByKey } from './selector.ts';
import type { Requirement, Selector, SelectorOperator } from './selector.ts';

/**
 * Reads the text form of a label selector: `app=web,tier in (a,b),!canary,generation>3`. Throws a BadRequest in
 * upstream's words. The requirements come back sorted by key.
 */
export function parseLabelSelector(text: string): Selector {
  const tokens = createTokens(text);
  const requirements: Requirement[] = [];
  while (tokens.peek() !== end) {
    if (!startsRequirement(tokens.peek())) {
      throw unexpected(tokens.peek(), ", expected: !, identifier, or 'end of string'");
    }
    requirements.push(withContext(() => parseRequirement(tokens)));
    const separator = tokens.take();
    if (separator === end) break;
    if (separator !== ',') throw unexpected(separator, ", expected: ',' or 'end of string'");
    if (!startsRequirement(tokens.peek())) {
      throw unexpected(tokens.peek(), ", expected: identifier after ','");
    }
  }
  return sortByKey(requirements);
}

/** No text scans to nothing, so the empty token is the end. */
const end = '';
const symbols = /[=!(),<>]/;
const isIdentifier = (token: string) => token !== end && !symbols.test(token);
const startsRequirement = (token: string) => token === '!' || isIdentifier(token);

interface Tokens {
  readonly peek: () => string;
  readonly take: () => string;
}

function createTokens(text: string): Tokens {
  const found = text.match(/==|!=|[=!(),<>]|[^=!(),<>\s]+/g) ?? [];
  let position = 0;
  const peek = () => found[position] ?? end;
  return {
    peek,
    take: () => {
      const token = peek();
      position += 1;
      return token;
    },
  };
}

const unexpected = (token: string, rest: string) => badRequest(`found '${token}'${rest}`);

function withContext<T>(parse: () => T): T {
  try {
    return parse();
  } catch (err) {
    if (!(err instanceof StatusError)) throw err;
    throw badRequest(`unable to parse requirement: ${err.message}`);
  }
}

function parseRequirement(tokens: Tokens): Requirement {
  const negated = tokens.peek() === '!';
  if (negated) tokens.take();
  const key = tokens.take();
  if (!isIdentifier(key)) throw unexpected(key, ', expected: identifier');
  const errors = keyErrors(key, '<nil>');
  if (errors.length) throw badRequest(aggregate(errors));
  if (negated) return makeRequirement(key, '!', []);
  if (tokens.peek() === end || tokens.peek() === ',') return makeRequirement(key, 'exists', []);
  const operator = parseOperator(tokens.take());
  return makeRequirement(key, operator, parseOperand(operator, tokens));
}

const binaryOperators: Readonly<Record<string, SelectorOperator>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

function parseOperator(token: string): SelectorOperator {
  const operator = Object.hasOwn(binaryOperators, token) ? binaryOperators[token] : undefined;
  if (!operator) throw unexpected(token, ', expected: in, notin, =, ==, !=, gt, lt');
  return operator;
}

const parseOperand = (operator: SelectorOperator, tokens: Tokens): readonly string[] =>
  operator === 'in' || operator === 'notin' ? parseSet(tokens) : [parseExact(tokens)];

function parseExact(tokens: Tokens): string {
  if (tokens.peek() === end || tokens.peek() === ',') return '';
  const token = tokens.take();
  if (!isIdentifier(token)) throw unexpected(token, ', expected: identifier');
  return token;
}

/** `(a,b)`; an empty place between commas or brackets is the empty value. */
function parseSet(tokens: Tokens): readonly string[] {
  const open = tokens.take();
  if (open !== '(') throw unexpected(open, " expected: '('");
  const values: string[] = [];
  for (;;) {
    values.push(isIdentifier(tokens.peek()) ? tokens.take() : '');
    const next = tokens.take();
    if (next === ')') return values;
    if (next !== ',') throw unexpected(next, ", expected: ',' or ')'");
  }
}
