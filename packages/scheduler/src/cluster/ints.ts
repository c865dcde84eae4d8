/** Whole numbers by node index, with room for every node there is; an array that has not been written holds `fill`. */
export interface Ints {
  values: Int32Array;
  reserve(capacity: number): void;
}

export function createInts(capacity: number, fill = 0): Ints {
  const made = (size: number) =>
    fill === 0 ? new Int32Array(size) : new Int32Array(size).fill(fill);
  const ints: Ints = {
    values: made(capacity),
    reserve(wanted) {
      if (wanted <= ints.values.length) return;
      const next = made(Math.max(64, wanted, Math.ceil(ints.values.length * 1.5)));
      next.set(ints.values);
      ints.values = next;
    },
  };
  return ints;
}
