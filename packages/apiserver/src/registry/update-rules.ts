import type { KubeObject, ObjectMeta } from '@berth/api';
import { withMeta } from './object-meta.ts';
import type { Strategy, StrategyContext } from './strategy.ts';
import type { UpdateRules } from './update-object.ts';

/** The door of the object itself: everything but what its strategy keeps. */
export function mainRules({
  prepareForUpdate = (object) => object,
  validate = () => [],
  validateUpdate = validate,
  reserveForUpdate,
}: Strategy): UpdateRules {
  return {
    prepare: prepareForUpdate,
    validate: validateUpdate,
    ...(reserveForUpdate && { reserve: reserveForUpdate }),
  };
}

/** The door of the status: everything else stays. */
export function statusRules({ status }: Strategy): UpdateRules {
  const prepare = status?.prepareForUpdate ?? keepAllButStatus;
  return {
    prepare: (object, old, context) =>
      prepare(status?.keepsMeta ? withMetaOf(old, object) : object, old, context),
    validate: (object, old) => status?.validateUpdate?.(object, old) ?? [],
  };
}

function withMetaOf(old: KubeObject, object: KubeObject): KubeObject {
  const { managedFields: _fields, ...kept } = old.metadata;
  const { managedFields } = object.metadata;
  return withMeta(object, { ...kept, ...(managedFields && { managedFields }) });
}

interface WithStatus extends KubeObject {
  readonly status?: unknown;
}

/** Who writes a status may leave labels, annotations and finalizers with it, but cannot give the object other owners. */
export function keepAllButStatus(
  object: KubeObject,
  old: KubeObject,
  _context: StrategyContext,
): KubeObject {
  const { status: _old, ...kept } = old as WithStatus;
  const { status } = object as WithStatus;
  const { ownerReferences: _owners, ...metadata } = object.metadata;
  const { ownerReferences } = old.metadata;
  const owned = { ...metadata, ...(ownerReferences && { ownerReferences }) } as ObjectMeta;
  return withMeta({ ...kept, ...(status !== undefined && { status }) }, owned);
}
