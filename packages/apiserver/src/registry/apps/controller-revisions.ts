import { controllerOf, controllerRevisions as type, isDeepEqual, required } from '@berth/api';
import type { ControllerRevision, FieldError } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkNonNegative, checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';

const validate = ({ data, revision }: ControllerRevision): readonly FieldError[] => [
  ...(data === undefined || data === null ? [required('data', 'data is mandatory')] : []),
  ...checkNonNegative('revision', revision),
];

export const controllerRevisions: Strategy<ControllerRevision> = {
  type,
  defaults: (revision) => ({ ...revision, revision: asGiven(revision).revision ?? 0 }),
  generationOf: () => undefined,
  validate,
  validateUpdate: (revision, old) => [
    ...validate(revision),
    ...checkUnchanged('data', revision.data ?? null, isDeepEqual(revision.data, old.data)),
  ],
  columns: [
    nameColumn,
    {
      name: 'Controller',
      type: 'string',
      description: 'Whose state of before it is.',
      cell: (revision) => showController(revision),
    },
    {
      name: 'Revision',
      type: 'string',
      description: 'Which one in the order of time.',
      cell: ({ revision }) => revision,
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};

/** `statefulset.apps/web`. */
function showController(revision: ControllerRevision): string {
  const owner = controllerOf(revision);
  if (!owner) return '<none>';
  const [group = ''] = owner.apiVersion.includes('/') ? owner.apiVersion.split('/') : [];
  const kind = owner.kind.toLowerCase();
  return `${group ? `${kind}.${group}` : kind}/${owner.name}`;
}
