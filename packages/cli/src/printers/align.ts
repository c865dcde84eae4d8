export interface Spacing {
  /** A column is at least this wide, its gap included. */
  readonly minWidth: number;
  /** Spaces between a column's longest text and the next column. */
  readonly gap: number;
}

/** How kubectl spaces tables, and descriptions. */
export const tableSpacing: Spacing = { minWidth: 6, gap: 3 };
export const textSpacing: Spacing = { minWidth: 0, gap: 2 };

/**
 * Lines up cells at elastic tab stops: a column is as wide as its longest cell among neighbouring rows that have a
 * further cell after it. The last cell of a row is not padded. `colour` is given the text of a cell and where it is.
 */
export function alignCells(
  rows: readonly (readonly string[])[],
  { minWidth, gap }: Spacing,
  colour: (text: string, row: number, column: number) => string = (text) => text,
): readonly string[] {
  const widths = rows.map(() => [] as number[]);
  const columns = rows.reduce((most, row) => Math.max(most, row.length - 1), 0);
  for (let column = 0; column < columns; column++) {
    for (const [start, end] of runs(rows, (row) => row.length > column + 1)) {
      let width = minWidth;
      for (let i = start; i < end; i++) {
        width = Math.max(width, lengthOf(rows[i]?.[column] ?? '') + gap);
      }
      for (let i = start; i < end; i++) widths[i]?.push(width);
    }
  }
  return rows.map((row, i) =>
    row
      .map((text, column) => {
        const padding = ' '.repeat(Math.max(0, (widths[i]?.[column] ?? 0) - lengthOf(text)));
        return colour(text, i, column) + padding;
      })
      .join(''),
  );
}

/** Lines up a text whose cells are separated by tabs. */
export const alignText = (text: string, spacing: Spacing): string =>
  alignCells(
    text.split('\n').map((line) => line.split('\t')),
    spacing,
  ).join('\n');

function* runs<T>(items: readonly T[], belongs: (item: T) => boolean) {
  let start: number | undefined;
  for (const [i, item] of items.entries()) {
    if (belongs(item)) start ??= i;
    else if (start !== undefined) {
      yield [start, i] as const;
      start = undefined;
    }
  }
  if (start !== undefined) yield [start, items.length] as const;
}

/** The length of the longest text in a column. */
export const widthOf = (rows: readonly (readonly string[])[], column: number): number =>
  rows.reduce((most, row) => Math.max(most, lengthOf(row[column] ?? '')), 0);

/** Code points, as Go counts them. */
const lengthOf = (text: string) => {
  let length = 0;
  for (const _ of text) length++;
  return length;
};
