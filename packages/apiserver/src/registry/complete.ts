import { apiVersionOf, badRequest } from '@berth/api';
import type { KubeObject, ObjectMeta } from '@berth/api';
import { bodyOf } from './body.ts';
import type { Strategy } from './strategy.ts';

type Values = Readonly<Record<string, unknown>>;

/** A decoded value as an object: named as what it is, with metadata and defaults. */
export function completed({ type, defaults }: Strategy, value: Values): KubeObject {
  const object = {
    ...value,
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: (value.metadata ?? {}) as ObjectMeta,
  };
  return defaults?.(object) ?? object;
}

/** The same from a value that nobody has decoded yet; fields that the kind does not have are dropped. */
export function completeAs(strategy: Strategy, value: Values): KubeObject {
  const { object, error } = bodyOf(strategy).decode(value);
  if (error !== undefined) throw badRequest(error);
  return completed(strategy, object as Values);
}

/** An object of one view of a stored kind as an object of another. */
export async function viewAs(
  from: Strategy,
  to: Strategy,
  object: KubeObject,
): Promise<KubeObject> {
  const converted = await from.storedAs?.convert?.([object], apiVersionOf(to.type));
  if (converted) return converted[0]!;
  const stored = from.storedAs ? from.storedAs.toStored(object) : object;
  const seen = to.storedAs ? to.storedAs.fromStored(stored) : stored;
  return { ...seen, apiVersion: apiVersionOf(to.type), kind: to.type.kind };
}
