/**
 * One row of a program: what a reader would write in assembly beside the bytes that mean it. `at` is the row's own
 * offset and `of` finds the offset of a label, so that distances are computed and not counted by hand.
 */
export interface Row {
  readonly text: string;
  readonly size: number;
  readonly encode: (at: number, of: (label: string) => number) => readonly number[];
}

export type Line = Row | { readonly label: string };

/** Lays rows one behind the other. */
export function assemble(lines: readonly Line[]): Uint8Array {
  const labels = offsets(lines);
  const of = (label: string) => {
    const offset = labels.get(label);
    if (offset === undefined) throw new Error(`no label ${label}`);
    return offset;
  };
  const bytes: number[] = [];
  for (const line of lines) {
    if ('label' in line) continue;
    const encoded = line.encode(bytes.length, of);
    if (encoded.length !== line.size) throw new Error(`${line.text}: ${encoded.length} bytes`);
    bytes.push(...encoded);
  }
  return Uint8Array.from(bytes);
}

function offsets(lines: readonly Line[]): ReadonlyMap<string, number> {
  const labels = new Map<string, number>();
  let at = 0;
  for (const line of lines) {
    if ('label' in line) labels.set(line.label, at);
    else at += line.size;
  }
  return labels;
}

/** Little-endian 32 bits; negative numbers in two's complement. */
export const word = (value: number): readonly number[] =>
  [0, 8, 16, 24].map((shift) => (value >> shift) & 0xff);

/** Data: a little-endian 64-bit number below 2^31. */
export const quad = (value: number, text: string): Row => ({
  text,
  size: 8,
  encode: () => [...word(value), ...word(0)],
});
