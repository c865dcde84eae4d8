import { apiVersionOf, applyPatch, jsonPatch, schemaOf } from '@berth/api';
import type { KubeObject } from '@berth/api';
import type { Meter } from '../../cel/meter.ts';
import { toJson } from '../../cel/values.ts';
import type { Attributes } from '../admission.ts';
import { evaluateExpression } from './expressions.ts';
import type { Values } from './expressions.ts';
import type { CompiledMutation } from './mutating-policy.ts';

interface Subject {
  readonly attributes: Attributes;
  readonly object: KubeObject;
}

type Fields = Readonly<Record<string, unknown>>;

/** The object with one mutation applied, complete. Throws upstream's texts. */
export function applyMutation(
  { kind, expression }: CompiledMutation,
  subject: Subject,
  scope: Values,
  meter: Meter,
): KubeObject {
  const outcome = evaluateExpression(expression, scope, meter);
  if (!outcome.ok) throw new Error(outcome.message);
  const value = toJson(outcome.value);
  const changed = kind === 'JSONPatch' ? patched(value, subject) : applied(value, subject);
  const { complete } = subject.attributes;
  return complete ? complete(changed) : (changed as unknown as KubeObject);
}

function patched(operations: unknown, { object }: Subject): Fields {
  if (!Array.isArray(operations))
    throw new Error('type mismatch: JSONPatchType.JSONPatch expected');
  return jsonPatch(object, operations) as Fields;
}

/** Merges as server-side apply does, but leaves no trace of a manager. */
function applied(config: unknown, { object, attributes: { type } }: Subject): Fields {
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new Error('must evaluate to Object but got another type');
  const { metadata, ...rest } = config as { readonly metadata?: Fields };
  const { managedFields, ...known } = object.metadata;
  const identity = { apiVersion: apiVersionOf(type), kind: type.kind };
  const merged = applyPatch({
    live: { ...object, ...identity, metadata: known },
    config: { ...rest, ...identity, metadata: { ...metadata, name: known.name } },
    manager: 'policy',
    force: true,
    schema: schemaOf(type),
    time: '1970-01-01T00:00:00Z',
    apiVersion: identity.apiVersion,
  }) as { readonly metadata: Fields };
  const { managedFields: _, ...own } = merged.metadata;
  return { ...merged, metadata: { ...own, ...(managedFields && { managedFields }) } };
}
