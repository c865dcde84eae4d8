import { definitionNameOf } from '../schema-kinds.ts';
import type { GroupVersionKind } from '../schema-kinds.ts';

/** The content types of patches. Only kinds with a definition know how their lists merge. */
export const patchTypesOf = (kind: GroupVersionKind): readonly string[] => [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  ...(definitionNameOf(kind) === undefined ? [] : ['application/strategic-merge-patch+json']),
];
