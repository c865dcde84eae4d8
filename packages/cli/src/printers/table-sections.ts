import type { Outcome } from '../fetch.ts';
import type { Resource } from '../resources.ts';
import type { Table, TableColumn, TableRow } from './table.ts';

/** One table of one kind. */
export interface Section {
  readonly resource: Resource;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly TableRow[];
}

/** Answers that follow each other and are of one kind become one table; empty ones none. */
export function planSections(outcomes: readonly Outcome<Table>[]): readonly Section[] {
  const sections: Section[] = [];
  for (const outcome of outcomes) {
    if ('err' in outcome) continue;
    const { resource } = outcome.target;
    const { rows, columnDefinitions: columns = [] } = outcome.value;
    if (!rows || rows.length === 0) continue;
    const last = sections.at(-1);
    if (last?.resource === resource) {
      sections[sections.length - 1] = { ...last, rows: [...last.rows, ...rows] };
    } else sections.push({ resource, columns, rows });
  }
  return sections;
}
