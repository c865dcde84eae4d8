import { isFields } from '../own-field.ts';
import { formatGo } from '../patch/format-go.ts';
import type { Schema } from '../schema.ts';
import { fieldElement, formatElement, formatPath } from './path-element.ts';
import { PathElementError, shapeOf } from './shape.ts';
import type { ListShape, MapShape, Shape } from './shape.ts';

/** The problems with what is applied, each as `.spec.foo: field not declared in schema`. */
export function validateConfig(config: unknown, schema: Schema | undefined): readonly string[] {
  const problems: string[] = [];
  validate(problems, [], config, schema);
  return problems;
}

type Path = readonly string[];

function report(problems: string[], path: Path, problem: string) {
  problems.push(path.length > 0 ? `${formatPath(path)}: ${problem}` : problem);
}

function validate(problems: string[], path: Path, value: unknown, schema: Schema | undefined) {
  const shape = shapeOf(schema, value);
  if (value === null || shape.kind === 'any') return;
  if (shape.kind === 'scalar') {
    const problem = scalarProblem(value, shape);
    if (problem) report(problems, path, problem);
  } else if (shape.kind === 'map') {
    if (isFields(value)) validateFields(problems, path, value, shape);
    else report(problems, path, `expected map, got ${pointer(value)}`);
  } else if (Array.isArray(value)) {
    validateItems(problems, path, value, shape);
  } else {
    report(problems, path, `expected list, got ${pointer(value)}`);
  }
}

function validateFields(
  problems: string[],
  path: Path,
  fields: Readonly<Record<string, unknown>>,
  shape: MapShape,
) {
  for (const [name, value] of Object.entries(fields)) {
    const place = [...path, fieldElement(name)];
    if (shape.isUnknown(name)) report(problems, place, 'field not declared in schema');
    else validate(problems, place, value, shape.schemaOf(name));
  }
}

function validateItems(
  problems: string[],
  path: Path,
  items: readonly unknown[],
  shape: ListShape,
) {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const element = shape.isAtomic ? `i:${index}` : elementOf(item, shape);
    if (element instanceof PathElementError) {
      report(problems, path, `element ${index}: ${element.message}`);
      return;
    }
    if (seen.has(element)) {
      report(problems, path, `duplicate entries for key ${formatElement(element)}`);
    }
    seen.add(element);
    validate(problems, [...path, element], item, shape.item);
  }
}

function elementOf(item: unknown, shape: ListShape): string | PathElementError {
  try {
    return shape.elementOf(item);
  } catch (err) {
    if (err instanceof PathElementError) return err;
    throw err;
  }
}

function scalarProblem(
  value: unknown,
  { type }: Extract<Shape, { kind: 'scalar' }>,
): string | undefined {
  const isNumeric = typeof value === 'number' || typeof value === 'bigint';
  switch (type) {
    case 'numeric':
      return isNumeric ? undefined : `expected numeric (int or float), got ${goType(value)}`;
    case 'string':
      return typeof value === 'string'
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${formatGo(value)}}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got ${pointer(value)}`;
    case 'untyped':
      return typeof value === 'object' ? `expected any scalar, got ${pointer(value)}` : undefined;
  }
}

const pointer = (value: unknown) => `&{${formatGo(value)}}`;

const goType = (value: unknown) => {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'map[string]interface {}';
};
