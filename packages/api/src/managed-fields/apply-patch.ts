import { isFields, ownField } from '../own-field.ts';
import { isEqual } from '../patch/is-equal.ts';
import type { Schema } from '../schema.ts';
import { badRequest, internalError } from '../status.ts';
import { applyConflict } from './conflict.ts';
import { difference, emptySet, isEqualSet } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { fieldsFromLastApplied, withLastApplied } from './last-applied.ts';
import { entriesOf, metadataOf, withManagers, withoutManagers } from './managed-object.ts';
import { decodeManagers, managerId, withoutIdentity, withoutReset } from './managers.ts';
import type { Manager, Managers } from './managers.ts';
import { mergeConfig } from './merge-config.ts';
import { ownedFields } from './owned-fields.ts';
import { prune } from './prune.ts';
import { PathElementError } from './shape.ts';
import { takeOver } from './take-over.ts';
import { withUpdate } from './update-managed-fields.ts';
import { withoutNullFields } from './without-null-fields.ts';
import { validateConfig } from './validate-config.ts';

export interface Apply {
  /** What is stored; for a new object, one with nothing but its type, name and namespace, or undefined. */
  readonly live: unknown;
  /** What the client applies. */
  readonly config: unknown;
  /** The field manager: an apply must name one. */
  readonly manager: string;
  /** Take fields from other managers instead of refusing. */
  readonly force: boolean;
  readonly schema: Schema | undefined;
  /** RFC 3339, in whole seconds. */
  readonly time: string;
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  /** Fields that a request of this kind cannot change. */
  readonly resetFields?: FieldSet | undefined;
}

/**
 * Server-side apply: the object to store, with its managers, before defaults. Fields that the manager applied last
 * time and leaves out now are gone, unless others hold them.
 *
 * Throws Conflict with one cause per field that others hold with another value, BadRequest for a patch that speaks of
 * another type or of managers, and a StatusError in upstream's words for fields that the schema does not have.
 */
export function applyPatch(apply: Apply): unknown {
  checkType(apply);
  checkShape(apply);
  const live = withoutManagers(apply.live ?? {});
  const id = managerId({
    name: apply.manager,
    operation: 'Apply',
    apiVersion: apply.apiVersion,
    subresource: apply.subresource ?? '',
  });
  const before = readable(() => managersOf(apply, live));
  const { object, managers } = readable(() => applyOver(apply, live, before, id));
  const isSame = isEqual(object, live);
  const result = apply.manager === 'kubectl' ? withLastApplied(object, apply.config) : object;
  return withManagers(result, withTime(managers, before, id, isSame, apply.time));
}

/** What is stored may hold a list element that cannot be told from others, and so cannot be merged. */
function readable<T>(walk: () => T): T {
  try {
    return walk();
  } catch (err) {
    if (err instanceof PathElementError) {
      throw badRequest(`failed to create typed live object: ${err.message}`);
    }
    throw err;
  }
}

function checkType({ config, live, apiVersion }: Apply) {
  if (!isFields(config)) throw badRequest('error decoding YAML: expected an object');
  const kind = ownField(config, 'kind');
  const expected = isFields(live) ? ownField(live, 'kind') : undefined;
  if (config['apiVersion'] !== apiVersion || (expected !== undefined && kind !== expected)) {
    throw badRequest(`invalid object type: ${text(config['apiVersion'])}, Kind=${text(kind)}`);
  }
  const entries = ownField(metadataOf(config), 'managedFields');
  if (entries !== undefined && entries !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

function checkShape({ config, schema, apiVersion }: Apply) {
  const problems = validateConfig(config, schema);
  if (problems.length === 0) return;
  const { name, namespace } = metadataOf(config);
  const kind = isFields(config) ? text(config['kind']) : '';
  const list =
    problems.length === 1
      ? problems.join('')
      : ['errors:', ...problems.map((problem) => `  ${problem}`)].join('\n');
  throw badRequest(
    `failed to create typed patch object (${text(namespace)}/${text(name)}; ${apiVersion}, Kind=${kind}): ${list}`,
  );
}

/** What an object without managers already holds belongs to nobody in particular, and yet is not free. */
function managersOf(apply: Apply, bare: unknown): Managers {
  const managers = decodeStored(apply.live);
  if (managers.size > 0) return managers;
  const { apiVersion, schema, time, resetFields } = apply;
  const manager = 'before-first-apply';
  const existing = {
    before: undefined,
    after: bare,
    manager,
    time,
    apiVersion,
    schema,
    resetFields,
  };
  return withUpdate(existing, managers);
}

function decodeStored(live: unknown): Managers {
  try {
    return decodeManagers(entriesOf(live) ?? []);
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    throw internalError(`failed to decode managed fields: ${why}`);
  }
}

interface Applied {
  readonly object: unknown;
  readonly managers: Managers;
}

function applyOver(apply: Apply, live: unknown, before: Managers, id: string): Applied {
  const { config, schema, apiVersion, resetFields, force } = apply;
  const fields = withoutReset(ownedFields(config, schema), resetFields);
  const applier: Manager = {
    name: apply.manager,
    operation: 'Apply',
    apiVersion,
    subresource: apply.subresource ?? '',
    fields,
  };
  const claims = new Map(before).set(id, applier);
  const merged = mergeConfig(live, config, schema);
  const last = before.get(id);
  const lastFields = last?.apiVersion === apiVersion ? last.fields : emptySet;
  const pruned = prune(merged, lastFields, claims, apiVersion, schema);
  const change = { before: live, after: pruned, schema, apiVersion, resetFields };
  const { managers, conflicts } = takeOver(change, claims, id);
  if (!force) refuseConflicts(apply, conflicts, before);
  return { object: withoutNullFields(pruned, schema), managers: withOwn(managers, id, applier) };
}

function refuseConflicts(
  { manager, live, apiVersion, schema }: Apply,
  conflicts: ReadonlyMap<string, FieldSet>,
  managers: Managers,
) {
  if (conflicts.size === 0) return;
  const allowed =
    manager === 'kubectl' ? fieldsFromLastApplied(live, apiVersion, schema) : emptySet;
  const real = new Map(
    [...conflicts]
      .map(([id, fields]) => [id, difference(fields, allowed)] as const)
      .filter(([, fields]) => fields.size > 0),
  );
  if (real.size > 0) throw applyConflict(real, managers);
}

function withOwn(managers: Managers, id: string, applier: Manager): Managers {
  const fields = withoutIdentity(applier.fields);
  const result = new Map(managers);
  if (fields.size > 0) result.set(id, { ...applier, fields });
  else result.delete(id);
  return result;
}

/** The time of an apply moves only when it changed something: the object, or what its manager claims. */
function withTime(
  managers: Managers,
  before: Managers,
  id: string,
  isSame: boolean,
  now: string,
): Managers {
  const applier = managers.get(id);
  if (!applier) return managers;
  const last = before.get(id);
  const isRepeated = isSame && last !== undefined && isEqualSet(last.fields, applier.fields);
  const time = isRepeated ? last.time : now;
  return new Map(managers).set(id, { ...applier, ...(time !== undefined && { time }) });
}
