import { ownField } from '../own-field.ts';
import { badRequest } from '../status.ts';
import { idOf, sortedLike, withoutNulls } from './elements.ts';
import type { Fields, Items } from './elements.ts';
import { unknownPatchType } from './patch-error.ts';

/** Merges two lists of maps whose elements are told apart by `mergeKey`; `merge` merges two of the same key. */
export function mergeKeyed(
  current: Items,
  patch: Items,
  mergeKey: string,
  merge: (current: Fields, patch: Fields) => Fields,
): Items {
  const { kept, changes } = followDirectives(current, patch as readonly Fields[], mergeKey);
  const merged: unknown[] = [...kept];
  const places = new Map<unknown, number>();
  merged.forEach((item, at) => {
    const id = ownField(item as Fields, mergeKey);
    if (!places.has(id)) places.set(id, at);
  });
  for (const change of changes) {
    const id = idOf(change, mergeKey);
    const at = places.get(id);
    if (at === undefined) places.set(id, merged.push(withoutNulls(change)) - 1);
    else merged[at] = merge(merged[at] as Fields, change);
  }
  return sortedLike(merged, changes, kept, mergeKey);
}

/** Carries out `$patch` elements: what stays of the list, and what is still to be merged into it. */
function followDirectives(current: Items, patch: readonly Fields[], mergeKey: string) {
  const changes: Fields[] = [];
  const dropped = new Set<unknown>();
  let replaces = false;
  for (const item of patch) {
    const directive = ownField(item, '$patch');
    if (directive === undefined) changes.push(item);
    else if (directive === 'delete') dropped.add(idOf(item, mergeKey));
    else if (directive === 'replace') replaces = true;
    else if (directive === 'merge') {
      throw badRequest('merging lists cannot yet be specified in the patch');
    } else throw unknownPatchType(directive, item);
  }
  if (replaces) return { kept: changes, changes: [] };
  const kept = current.filter((item) => !dropped.has(ownField(item as Fields, mergeKey)));
  return { kept, changes };
}
