import { apiVersionOf, fieldSet, updateManagedFields } from '@berth/api';
import type { FieldSet, KubeObject } from '@berth/api';
import { formatTime } from '@berth/component-base';
import { fieldsOf } from './body.ts';
import type { Resource, Write } from './resource.ts';
import type { Strategy } from './strategy.ts';

export interface Tracking {
  /** What is stored; undefined for a new object. */
  readonly live: KubeObject | undefined;
  readonly object: KubeObject;
  readonly write: Write;
}

/** The object with metadata.managedFields telling who wrote what. */
export const trackFields = (
  { type, strategy, clock }: Resource,
  { live, object, write }: Tracking,
): KubeObject =>
  write.tracked
    ? object
    : updateManagedFields({
        before: live,
        after: object,
        manager: write.manager,
        subresource: write.subresource,
        time: formatTime(clock.now()),
        apiVersion: apiVersionOf(type),
        schema: fieldsOf(strategy),
        resetFields: resetFields(strategy, write.subresource),
      });

const nothing: FieldSet = new Map();
const sets = new WeakMap<Strategy, Map<string, FieldSet>>();

/** What a writer cannot change through a door, and so does not come to own: the status, or all but the status. */
export function resetFields(strategy: Strategy, subresource: string): FieldSet {
  const known = sets.get(strategy) ?? new Map<string, FieldSet>();
  sets.set(strategy, known);
  const set = known.get(subresource) ?? makeResetFields(strategy, subresource);
  known.set(subresource, set);
  return set;
}

function makeResetFields(strategy: Strategy, subresource: string): FieldSet {
  if (!strategy.status) return nothing;
  if (subresource === '') return fieldSet([['f:status']]);
  if (subresource !== 'status') return nothing;
  const kept = ['apiVersion', 'kind', 'status', ...(strategy.status.keepsMeta ? [] : ['metadata'])];
  const fields = Object.keys(fieldsOf(strategy)?.properties ?? {}).filter(
    (field) => !kept.includes(field),
  );
  return fieldSet(fields.map((field) => [`f:${field}`]));
}
