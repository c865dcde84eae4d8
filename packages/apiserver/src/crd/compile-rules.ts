import { Optional } from '@marcbachmann/cel-js';
import { duplicate, forbiddenField, invalidValue, required } from '@berth/api';
import type { FieldError, JSONSchemaProps, ValidationRule } from '@berth/api';
import { createCelEnvironment } from '../cel/environment.ts';
import type { CelEnvironment, Compilation } from '../cel/environment.ts';
import { createMeter, objectLimit } from '../cel/meter.ts';
import type { Meter } from '../cel/meter.ts';
import type { CompileRules } from './rules.ts';
import { schemaType } from './schema-type.ts';
import { itemsOf, valuesOf } from './structural.ts';

/** The rules of a schema and of all that is below it, ready to run. */
interface Node {
  readonly type: string;
  readonly rules: readonly Rule[];
  readonly fields: ReadonlyMap<string, Node>;
  readonly items?: Node;
  readonly values?: Node;
  /** Items of such lists are the same when these fields are. */
  readonly keys?: readonly string[];
}

interface Rule {
  readonly source: ValidationRule;
  readonly rule: Compilation;
  readonly message?: Compilation;
}

/** Judges objects by the expressions of their schema; all of them together have one budget. */
export const compileRules: CompileRules = (schema) => {
  const root = compileNode(schema, true);
  return (object, old) => {
    const errors: FieldError[] = [];
    if (root) judge(root, { path: '', value: object, old }, createMeter(objectLimit), errors);
    return errors;
  };
};

function compileNode(schema: JSONSchemaProps, isResource: boolean): Node | undefined {
  const below = (one: JSONSchemaProps | undefined) =>
    one && compileNode(one, one['x-kubernetes-embedded-resource'] === true);
  const fields = new Map<string, Node>();
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const node = below(field);
    if (node) fields.set(name, node);
  }
  const items = below(itemsOf(schema));
  const values = below(valuesOf(schema));
  const sources = schema['x-kubernetes-validations'] ?? [];
  if (sources.length === 0 && fields.size === 0 && !items && !values) return undefined;
  const keys = schema['x-kubernetes-list-map-keys'];
  const type = schemaType({ ...schema, nullable: false }, isResource);
  return {
    type: schema.type ?? '',
    rules: sources.map((one) =>
      compileRule(
        one,
        createCelEnvironment({
          self: type,
          oldSelf: one.optionalOldSelf ? { optional: type } : type,
        }),
      ),
    ),
    fields,
    ...(items && { items }),
    ...(values && { values }),
    ...(keys && { keys }),
  };
}

const compileRule = (source: ValidationRule, environment: CelEnvironment): Rule => ({
  source,
  rule: environment.compile(source.rule, 'bool'),
  ...(source.messageExpression && {
    message: environment.compile(source.messageExpression, 'string'),
  }),
});

interface Place {
  readonly path: string;
  readonly value: unknown;
  readonly old: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fieldOf = (value: unknown, name: string): unknown =>
  isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined;

function judge(node: Node, place: Place, meter: Meter, errors: FieldError[]): void {
  const { path, value, old } = place;
  if (value === null || value === undefined || meter.exhausted()) return;
  for (const rule of node.rules) {
    const error = judgeRule(rule, node.type, place, meter);
    if (error) errors.push(error);
    if (meter.exhausted()) return;
  }
  if (Array.isArray(value)) {
    if (!node.items) return;
    for (const [i, item] of value.entries())
      judge(
        node.items,
        { path: `${path}[${i}]`, value: item, old: sameItem(node, item, old) },
        meter,
        errors,
      );
    return;
  }
  if (!isFields(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    const known = node.fields.get(name);
    const next = known ?? node.values;
    const at = known ? (path ? `${path}.${name}` : name) : `${path}[${name}]`;
    if (next) judge(next, { path: at, value: inner, old: fieldOf(old, name) }, meter, errors);
  }
}

function sameItem({ keys }: Node, item: unknown, old: unknown): unknown {
  if (!keys || !Array.isArray(old)) return undefined;
  return (old as readonly unknown[]).find((one) =>
    keys.every((key) => fieldOf(one, key) === fieldOf(item, key)),
  );
}

const outOfBudget =
  'validation failed due to running out of cost budget, no further validation rules will be run';

function judgeRule(
  { source, rule, message }: Rule,
  type: string,
  { path, value, old }: Place,
  meter: Meter,
): FieldError | undefined {
  const where = path || '<nil>';
  if (!rule.ok) return invalidValue(where, type, `rule compile error: ${rule.message}`);
  const { optionalOldSelf = false } = source;
  if (rule.program.uses('oldSelf') && old === undefined && !optionalOldSelf) return undefined;
  const oldSelf = optionalOldSelf ? Optional.of(old) : old;
  const values = { self: value, ...(oldSelf !== undefined && { oldSelf }) };
  const said = source.message?.trim() || source.rule.trim();
  const result = rule.program.evaluate(values, meter);
  if (!result.ok) {
    if (meter.exhausted()) return invalidValue(where, type, outOfBudget);
    return invalidValue(where, type, failureText(result, said));
  }
  if (result.value === true) return undefined;
  const spoken = message?.ok ? message.program.evaluate(values, meter) : undefined;
  const text = spoken?.ok && typeof spoken.value === 'string' ? spoken.value.trim() : '';
  const detail = text || source.message?.trim() || `failed rule: ${said}`;
  return refusal(`${where}${source.fieldPath ?? ''}`, type, detail, source.reason);
}

function failureText(
  { message, exhausted }: { readonly message: string; readonly exhausted: boolean },
  said: string,
): string {
  if (exhausted)
    return `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${said}`;
  return message.startsWith('no such overload')
    ? `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${said}`
    : `${message} evaluating rule: ${said}`;
}

function refusal(path: string, type: string, detail: string, reason?: string): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbiddenField(path, detail);
    case 'FieldValueRequired':
      return required(path, detail);
    case 'FieldValueDuplicate':
      return duplicate(path, type);
    default:
      return invalidValue(path, type, detail);
  }
}
