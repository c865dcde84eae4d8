import {
  evaluatePath,
  humanDuration,
  JsonPathError,
  parsePath,
  parseTime,
  stringifyJson,
} from '@berth/api';
import type { CustomResourceColumnDefinition, KubeObject, Step } from '@berth/api';
import { ageColumn, nameColumn } from '../registry/core/columns.ts';
import type { Column } from '../registry/strategy.ts';

type Definition = CustomResourceColumnDefinition;
type Cell = ReturnType<Column<KubeObject>['cell']>;

/** The columns of a custom resource: its name, and what its definition asks for, or its age. */
export const columnsOf = (
  definitions: readonly Definition[] | undefined,
): readonly Column<KubeObject>[] =>
  definitions?.length ? [nameColumn, ...definitions.map(columnOf)] : [nameColumn, ageColumn];

function columnOf({
  name,
  type,
  format,
  description,
  priority,
  jsonPath,
}: Definition): Column<KubeObject> {
  const path = readPath(jsonPath);
  return {
    name,
    type: type as Column<KubeObject>['type'],
    ...(format && { format }),
    description: description || standsFor(jsonPath),
    ...(priority && { priority }),
    cell: (object, now) => {
      const [value] = path ? evaluatePath(path, object) : [];
      return value === undefined ? null : cellOf(type, value, now);
    },
  };
}

const standsFor = (path: string) =>
  `Custom resource definition column (in JSONPath format): ${path}`;

function readPath(text: string): readonly Step[] | undefined {
  try {
    return parsePath(text);
  } catch (err) {
    if (err instanceof JsonPathError) return undefined;
    throw err;
  }
}

/** A value as its column shows it; one of another type is not shown. */
function cellOf(type: string, value: unknown, now: number): Cell {
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageOf(value, now) : null;
    default:
      return typeof value === 'string' ? value : value === null ? '' : stringifyJson(value);
  }
}

function ageOf(text: string, now: number): string {
  const time = parseTime(text);
  return time === undefined ? '<invalid>' : humanDuration(now - time);
}
