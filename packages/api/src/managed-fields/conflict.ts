import type { StatusCause } from '../gen/types.ts';
import { StatusError } from '../status.ts';
import { fieldsOf } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import type { Manager, Managers } from './managers.ts';
import { formatPath } from './path-element.ts';

/** The refusal of an apply that would change fields of other managers, one cause per field and manager. */
export function applyConflict(
  conflicts: ReadonlyMap<string, FieldSet>,
  managers: Managers,
): StatusError {
  const groups = [...conflicts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([id, fields]) => {
      const manager = managers.get(id);
      return manager ? [{ manager, paths: [...fieldsOf(fields)].map(formatPath) }] : [];
    });
  const causes = groups.flatMap(({ manager, paths }) =>
    paths.map((field): StatusCause => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${describe(manager)}`,
      field,
    })),
  );
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: messageOf(groups, causes.length),
    reason: 'Conflict',
    details: { causes },
    code: 409,
  });
}

interface Group {
  readonly manager: Manager;
  readonly paths: readonly string[];
}

function messageOf(groups: readonly Group[], count: number): string {
  const [first] = groups;
  if (first && count === 1) {
    return `Apply failed with 1 conflict: conflict with ${describe(first.manager)}: ${first.paths.join('')}`;
  }
  const lines = groups.flatMap(({ manager, paths }) => [
    `conflicts with ${describe(manager)}:`,
    ...paths.map((path) => `- ${path}`),
  ]);
  return `Apply failed with ${count} conflicts: ${lines.join('\n')}`;
}

function describe({ name, operation, apiVersion, subresource }: Manager): string {
  const through = subresource ? ` with subresource ${JSON.stringify(subresource)}` : '';
  const using = operation === 'Update' ? ` using ${apiVersion}` : '';
  return `${JSON.stringify(name)}${through}${using}`;
}
