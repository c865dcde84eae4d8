/** One line of the report: what was measured, against what. */
export interface Row {
  readonly name: string;
  readonly value: string;
  /** What it should be, and whether it is. */
  readonly goal?: { readonly text: string; readonly met: boolean };
  readonly note?: string;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

export const range = (values: readonly number[]): string =>
  `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`;

export function print(rows: readonly Row[]): void {
  for (const { name, value, goal, note } of rows) {
    const verdict = goal ? `  goal ${goal.text}: ${goal.met ? 'met' : 'not met'}` : '';
    console.log(`${name.padEnd(58)} ${value.padStart(12)}${verdict}${note ? `  (${note})` : ''}`);
  }
}
