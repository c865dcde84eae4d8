import type { Environment } from '@marcbachmann/cel-js';
import { opaqueType } from '../opaque.ts';
import type { Boxed } from '../opaque.ts';

/** What an expression asks to know; the fields of upstream's attributes that apply. */
export interface AccessQuestion {
  readonly verb: string;
  readonly path: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name`, when the question is about a service account instead of the one who asks. */
  readonly serviceAccount: string;
}

interface AccessAnswer {
  readonly allowed: boolean;
  readonly reason: string;
}

/** Answers at once; throws when it cannot. */
export type AccessCheck = (question: AccessQuestion) => AccessAnswer;

interface Asking {
  readonly check: AccessCheck;
  readonly question: AccessQuestion;
}

const authorizerType = opaqueType<Asking>('kubernetes.authorization.Authorizer');
const pathType = opaqueType<Asking>('kubernetes.authorization.PathCheck');
const groupType = opaqueType<Asking>('kubernetes.authorization.GroupCheck');
const resourceType = opaqueType<Asking>('kubernetes.authorization.ResourceCheck');
const decisionType = opaqueType<AccessAnswer>('kubernetes.authorization.Decision');

const nothing: AccessQuestion = {
  verb: '',
  path: '',
  group: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  serviceAccount: '',
};

type A = Boxed<Asking>;

/** The value of the variable `authorizer`. */
export const authorizerValue = (check: AccessCheck): unknown =>
  authorizerType.wrap({ check, question: nothing });

/** The value of the variable `authorizer.requestResource`. */
export const resourceCheckValue = (
  check: AccessCheck,
  question: Partial<AccessQuestion>,
): unknown => resourceType.wrap({ check, question: { ...nothing, ...question } });

const withField =
  (field: keyof AccessQuestion) =>
  ({ value: { check, question } }: A, text: string): Asking => ({
    check,
    question: { ...question, [field]: text },
  });

function withServiceAccount({ value: { check, question } }: A, namespace: string, name: string) {
  return authorizerType.wrap({
    check,
    question: { ...question, serviceAccount: `${namespace}/${name}` },
  });
}

const ask = ({ value: { check, question } }: A, verb: string) =>
  decisionType.wrap(check({ ...question, verb }));

/** `authorizer.group('apps').resource('deployments').check('create').allowed()`. */
export function authorizerLibrary(environment: Environment): void {
  for (const type of [authorizerType, pathType, groupType, resourceType])
    environment.registerType(type.name, { ctor: type.constructor });
  environment.registerType(decisionType.name, { ctor: decisionType.constructor });
  const [a, p, g, r] = [authorizerType, pathType, groupType, resourceType];
  const step = (from: typeof a, method: string, field: keyof AccessQuestion, to: typeof a) =>
    environment.registerFunction(
      `${from.name}.${method}(string): ${to.name}`,
      (asking: A, text: string) => to.wrap(withField(field)(asking, text)),
    );
  step(a, 'path', 'path', p);
  step(a, 'group', 'group', g);
  step(g, 'resource', 'resource', r);
  step(r, 'subresource', 'subresource', r);
  step(r, 'namespace', 'namespace', r);
  step(r, 'name', 'name', r);
  environment
    .registerFunction(`${a.name}.serviceAccount(string, string): ${a.name}`, withServiceAccount)
    .registerFunction(`${p.name}.check(string): ${decisionType.name}`, ask)
    .registerFunction(`${r.name}.check(string): ${decisionType.name}`, ask);
  registerDecision(environment);
}

function registerDecision(environment: Environment): void {
  type D = Boxed<AccessAnswer>;
  const { name } = decisionType;
  environment
    .registerFunction(`${name}.allowed(): bool`, ({ value }: D) => value.allowed)
    .registerFunction(`${name}.reason(): string`, ({ value }: D) => value.reason)
    .registerFunction(`${name}.errored(): bool`, () => false)
    .registerFunction(`${name}.error(): string`, () => '');
}
