import type { ManagedFieldsEntry } from '../gen/types.ts';
import { difference, emptySet, fieldSet, recursiveDifference, union } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { decodeFields, encodeFields } from './fields-v1.ts';
import { fieldElement } from './path-element.ts';

/** One manager's claim: an entry of `metadata.managedFields` with its fields as a set. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time?: string;
  readonly fields: FieldSet;
}

/** By identity: name, operation and subresource, and of an updater also the version that it speaks. */
export type Managers = ReadonlyMap<string, Manager>;

type Identity = Pick<Manager, 'name' | 'operation' | 'apiVersion' | 'subresource'>;

export const managerId = ({ name, operation, apiVersion, subresource }: Identity): string =>
  JSON.stringify([name, operation, operation === 'Apply' ? '' : apiVersion, subresource]);

/** Throws SyntaxError for entries that are not what a server writes. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[]): Managers {
  return new Map(
    entries.map((entry, index) => {
      const manager = decodeManager(entry, index);
      return [managerId(manager), manager];
    }),
  );
}

function decodeManager(entry: ManagedFieldsEntry, index: number): Manager {
  const { manager = '', operation, apiVersion, subresource = '', time, fieldsType } = entry;
  if (operation !== 'Apply' && operation !== 'Update') {
    throw new SyntaxError('operation must be `Apply` or `Update`');
  }
  if (!apiVersion) throw new SyntaxError('apiVersion must not be empty');
  if (fieldsType !== 'FieldsV1') {
    throw new SyntaxError(
      fieldsType
        ? `invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`
        : `missing fieldsType in managed fields entry ${index}`,
    );
  }
  const fields = decodeFields(entry.fieldsV1);
  return { name: manager, operation, apiVersion, subresource, ...(time && { time }), fields };
}

/** In the order in which a server lists them: appliers first, and the oldest of each first. */
export const encodeManagers = (managers: Managers): readonly ManagedFieldsEntry[] =>
  [...managers.values()].sort(inOrder).map(({ name, operation, ...manager }) => ({
    manager: name,
    operation,
    apiVersion: manager.apiVersion,
    ...(manager.time && { time: manager.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: encodeFields(manager.fields),
    ...(manager.subresource && { subresource: manager.subresource }),
  }));

const secondsOf = ({ time }: Manager) =>
  time === undefined ? 0 : Math.floor(Date.parse(time) / 1000);
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const inOrder = (a: Manager, b: Manager) =>
  byText(a.operation, b.operation) ||
  secondsOf(a) - secondsOf(b) ||
  byText(a.name, b.name) ||
  byText(a.apiVersion, b.apiVersion) ||
  byText(a.subresource, b.subresource);

/** A manager's claims without what identifies an object or is the server's own: nobody manages these. */
export const withoutIdentity = (fields: FieldSet): FieldSet => difference(fields, identity);

const identity = fieldSet(
  [
    ['apiVersion'],
    ['kind'],
    ['metadata'],
    ...'name namespace creationTimestamp selfLink uid clusterName generation managedFields resourceVersion'
      .split(' ')
      .map((name) => ['metadata', name]),
  ].map((path) => path.map(fieldElement)),
);

/** Without what the server resets on this kind of request, such as status on a write of the object itself. */
export const withoutReset = (fields: FieldSet, resetFields: FieldSet = emptySet): FieldSet =>
  recursiveDifference(fields, resetFields);

const maxUpdaters = 10;

/** Merges the oldest updaters of each version into one, so that an object does not grow with everyone who ever wrote it. */
export function capUpdaters(managers: Managers): Managers {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update');
  let surplus = updaters.length - maxUpdaters;
  if (surplus <= 0) return managers;
  const result = new Map(managers);
  const firstOf = new Map<string, string>();
  for (const [id, manager] of updaters.sort(oldestFirst)) {
    if (surplus <= 0) break;
    const { apiVersion } = manager;
    const ancient: Manager = { ...manager, name: 'ancient-changes', subresource: '' };
    const bucketId = managerId(ancient);
    const first = firstOf.get(apiVersion);
    if (first === undefined) {
      firstOf.set(apiVersion, id);
      continue;
    }
    const bucket = result.get(bucketId) ?? result.get(first);
    if (!result.has(bucketId)) result.delete(first);
    result.delete(id);
    result.set(bucketId, {
      ...ancient,
      fields: union(manager.fields, bucket?.fields ?? emptySet),
    });
    surplus--;
  }
  return result;
}

const oldestFirst = ([idA, a]: readonly [string, Manager], [idB, b]: readonly [string, Manager]) =>
  secondsOf(a) - secondsOf(b) || byText(idA, idB);
