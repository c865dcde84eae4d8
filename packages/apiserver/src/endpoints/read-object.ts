import { apiVersionOf } from '@berth/api';
import type { KubeObject, ObjectMeta } from '@berth/api';
import type { Strategy } from '../registry/strategy.ts';
import type { RequestContext } from '../request.ts';
import { readBody } from './read-body.ts';
import type { FieldValidation } from './write-options.ts';

/** The body of a request as an object of the resource, with its defaults. */
export function readObject(
  context: RequestContext,
  strategy: Strategy,
  validation: FieldValidation,
): KubeObject {
  return completed(strategy, readBody(context, strategy.type, validation));
}

/** A decoded value as an object: named as what it is, with metadata and defaults. */
export function completed(
  strategy: Strategy,
  value: Readonly<Record<string, unknown>>,
): KubeObject {
  const { type, defaults } = strategy;
  const object = {
    ...value,
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: (value.metadata ?? {}) as ObjectMeta,
  };
  return defaults?.(object) ?? object;
}
