import type { KubeObject } from '@berth/api';
import { humanDuration } from '@berth/api';
import { alignCells, tableSpacing } from './align.ts';
import { cleanCell } from './clean.ts';
import { meaningOf } from './meaning.ts';
import type { Palette } from './palette.ts';

/** A Table of meta.k8s.io. */
export interface Table {
  readonly columnDefinitions?: readonly TableColumn[];
  readonly rows?: readonly TableRow[] | null;
}

export interface TableColumn {
  readonly name: string;
  readonly type?: string;
  readonly format?: string;
  readonly priority?: number;
}

export interface TableRow {
  readonly cells: readonly unknown[];
  /** Its metadata at least. */
  readonly object: KubeObject;
}

export interface TableStyle {
  /** Columns that only few need. */
  readonly wide?: boolean;
  readonly withNamespace?: boolean;
  /** Stands before the slash in every name: tables of several kinds. */
  readonly kind?: string;
  readonly showLabels?: boolean;
  /** Labels that get a column each. */
  readonly labelColumns?: readonly string[];
  /** Stands in a first column: what happened to the object. */
  readonly event?: string;
}

/** The cells of a table's rows as a person reads them, the headers apart. */
export function tableCells(
  columns: readonly TableColumn[],
  rows: readonly TableRow[],
  style: TableStyle,
): { readonly headers: readonly string[]; readonly cells: readonly (readonly string[])[] } {
  const { wide, withNamespace, kind, showLabels, labelColumns = [], event } = style;
  const shown = columns
    .map((column, index) => ({ column, index }))
    .filter(({ column }) => wide || !column.priority);
  const headers = [
    ...(event === undefined ? [] : ['EVENT']),
    ...(withNamespace ? ['NAMESPACE'] : []),
    ...shown.map(({ column }) => column.name.toUpperCase()),
    ...labelColumns.map((label) => (label.split('/').at(-1) ?? label).toUpperCase()),
    ...(showLabels ? ['LABELS'] : []),
  ];
  const cells = rows.map(({ cells, object: { metadata } }) =>
    [
      ...(event === undefined ? [] : [event]),
      ...(withNamespace ? [metadata.namespace ?? '<none>'] : []),
      ...shown.map(({ column, index }) => {
        const text = cellText(cells[index]);
        return kind !== undefined && column.format === 'name' ? `${kind}/${text}` : text;
      }),
      ...labelColumns.map((label) => metadata.labels?.[label] ?? '<none>'),
      ...(showLabels ? [labelsText(metadata.labels)] : []),
    ].map(cleanCell),
  );
  return { headers, cells };
}

/** Labels, or whatever else is pairs of names and values: `a=b,c=d`. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.map(([name, value]) => `${name}=${value}`).join(',') || '<none>';
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '<none>';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Lines of a table, coloured by what their cells mean. Cells are clean already. */
export function formatTable(
  headers: readonly string[],
  cells: readonly (readonly string[])[],
  palette: Palette,
  { withHeaders = true } = {},
): string {
  const rows = withHeaders ? [headers, ...cells] : cells;
  const isHeader = (row: number) => withHeaders && row === 0;
  const lines = alignCells(rows, tableSpacing, (text, row, column) =>
    isHeader(row) ? text : palette(text, meaningOf(headers[column] ?? '', text)),
  );
  return lines.map((line) => `${line}\n`).join('');
}

/** How long ago, as kubectl tells it. */
export function ageOf(time: string | undefined, now: number): string {
  if (!time) return '<unknown>';
  return humanDuration(now - Date.parse(time));
}
