import { alignCells, textSpacing } from './align.ts';
import { meaningOf } from './meaning.ts';
import type { Meaning, Palette } from './palette.ts';

/** A description's lines as text, their columns lined up; colour where a line tells of health. */
export function formatDescription(lines: readonly string[], palette: Palette): string {
  const rows = lines.map((line) => line.split('\t'));
  const aligned = alignCells(rows, textSpacing, (text, row, column) =>
    palette(text, meaningIn(rows[row] ?? [], column)),
  );
  return aligned.map((line) => `${line}\n`).join('');
}

const tellsState = /^\s*(Status|State|Reason):$/;

function meaningIn(row: readonly string[], column: number): Meaning | undefined {
  const [first = ''] = row;
  if (column === 0) return first.trim() === 'Warning' ? 'bad' : undefined;
  return column === 1 && tellsState.test(first) ? meaningOf('STATUS', row[1] ?? '') : undefined;
}
