import type { Schema } from '../schema.ts';
import { upstreamTypeOf } from '../schema-packages.ts';

/** How Go names the type of a value in an error: `int32`, `[]v1.Container`, `map[string]string`. */
export function goTypeOf(schema: Schema): string {
  if (schema.ref !== undefined) return goStructOf(schema.ref);
  switch (schema.type) {
    case 'array':
      return `[]${goTypeOf(schema.items ?? {})}`;
    case 'object':
      return `map[string]${schema.additionalProperties ? goTypeOf(schema.additionalProperties) : 'interface {}'}`;
    case 'integer':
      return schema.format ?? 'int64';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'int-or-string':
      return 'intstr.IntOrString';
    default:
      return goText[schema.format ?? ''] ?? 'string';
  }
}

const goText: Readonly<Record<string, string>> = {
  byte: '[]uint8',
  quantity: 'resource.Quantity',
  'date-time': 'v1.Time',
  'micro-time': 'v1.MicroTime',
};

/** `v1.PodSpec` for the definition `PodSpec`. */
function goStructOf(name: string): string {
  const upstream = upstreamTypeOf(name);
  if (!upstream) return name;
  const version = upstream.package.slice(upstream.package.lastIndexOf('.') + 1);
  return `${version}.${upstream.name}`;
}

/** How Go names what JSON holds. */
export function goValueOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'bigint' ? 'number' : typeof value;
}
